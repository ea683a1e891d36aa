"""Who may read which file."""

from services.plans.queries.group_year import reads_groups
from services.plans.views import NamedFile
from shared.attachments import StoredFile
from shared.errors import Rejected
from shared.process import Edge
from shared.types import Actor, Attachment


async def file_of(sha256: str, actor: Actor, edge: Edge) -> StoredFile:
    """Return the file if an event names it that the actor may read. Raises Rejected `attachment.not_found`."""
    # Who may not read it is told the same as who asks for what is not there. The city's own files are its cluster's.
    for one in await edge.rows.select(NamedFile, "named_file", where=lambda row: [row.sha256 == sha256]):
        if reads_groups(actor, edge, one.district):
            return StoredFile(
                attachment=Attachment(sha256=one.sha256, name=one.name, size=one.size, media_type=one.media_type)
            )
    raise Rejected("attachment.not_found")
