"""The one registry: who owns which stream, and who reads what (architecture: streams and subjects)."""

from shared.topology import Edge, Process, Reader, Topology

TOPOLOGY = Topology(
    processes=(
        Process(
            "plans",
            "PLANS",
            (
                Reader("plans", "PLANS", rebuilds=True),
                Reader("policy-due-dates", "PLANS"),
                Reader("policy-succession", "PLANS"),
                Reader("policy-group-leaders", "PLANS"),
                Reader("public", "PLANS"),
            ),
            keeps_files=True,
        ),
        Process(
            "nominations",
            "NOMINATIONS",
            (
                Reader("nominations", "NOMINATIONS", rebuilds=True),
                Reader("units", "PLANS", rebuilds=True),
                Reader("public", "NOMINATIONS"),
            ),
            keeps_files=True,
        ),
        Process(
            "scoring",
            "SCORING",
            (
                Reader("scoring", "SCORING", rebuilds=True),
                Reader("units", "PLANS", rebuilds=True),
                Reader("policy-task-points", "PLANS"),
                Reader("public", "SCORING"),
            ),
        ),
        Process(
            "notifications",
            "NOTIFICATIONS",
            (
                Reader("inbox", "NOTIFICATIONS", rebuilds=True),
                Reader("policy-plans", "PLANS"),
                Reader("policy-nominations", "NOMINATIONS"),
                Reader("policy-scoring", "SCORING"),
                Reader("public", "NOTIFICATIONS"),
            ),
        ),
        Process(
            "archive",
            None,
            (
                Reader("archive-plans", "PLANS"),
                Reader("archive-nominations", "NOMINATIONS"),
                Reader("archive-scoring", "SCORING"),
                Reader("archive-notifications", "NOTIFICATIONS"),
            ),
        ),
    ),
    edges=(Edge("portal", operates=False), Edge("cli", operates=True)),
    outsiders=("sample-reader",),
)
