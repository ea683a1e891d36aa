"""`tdkt user`: accounts, roles, delegations and sessions, for whoever holds the data folder or its database.

The commands open the account store itself and need no running system, so that the first administrator,
and one who is locked out, can be helped. What they do stands in the audit trail as done by `cli:<user>`.
"""

import typer

from services.cli.user import people, roles

app = typer.Typer(help="Tài khoản, vai trò, ủy quyền và phiên đăng nhập.", no_args_is_help=True)
app.add_typer(people.app)
app.add_typer(roles.app)
