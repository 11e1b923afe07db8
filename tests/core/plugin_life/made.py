"""Plugins written on the spot as installed distributions: a package, its metadata, migrations and templates."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent, indent

CODE = '''
from flask import Blueprint
from helpdesk_core.toolkit import *
{imports}

bp = Blueprint("{name}", __name__)


@bp.get("/")
@guarded("{name}:thing:read")
def home():
    return "<h1>{name} is here</h1>"


class MadePlugin(Plugin):
    """Made for a test."""

    name = "{name}"

    @hookimpl
    def helpdesk_register_permissions(self):
        return [Permission(name="{name}:thing:read", label="Read things", roles=("core.specialist",))]

    @hookimpl
    def helpdesk_register_blueprints(self):
        return [BlueprintSpec(blueprint=bp)]

    @hookimpl
    def helpdesk_register_nav(self):
        permission = "{name}:thing:read"
        return [NavItem(key="{name}.home", label="{name} things", endpoint="{name}.home", permission=permission)]

{members}
'''

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "{name}_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "{name}_thing",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id", ondelete="SET NULL")),
        sa.Column("label", sa.String(80), nullable=False),
    )
{extra}

def downgrade():
{down}
    op.drop_table("{name}_thing")
"""


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """A folder on the path of imports in which plugins are made."""

    site: Path
    made: list[str] = field(default_factory=list)

    def make(
        self,
        name: str,
        *,
        requires: tuple[str, ...] = (),
        uses: tuple[str, ...] = (),
        members: str = "",
        imports: str = "",
        api: str = ">=1.0,<2",
        migrations: bool = True,
        upgrade: str = "",
        downgrade: str = "",
        code: str | None = None,
    ) -> None:
        """Install the plugin *name*; *members* are methods of its class, *upgrade* and *downgrade* of a migration."""
        package = self.site / f"made_{name}"
        (package / "migrations" / "versions").mkdir(parents=True)
        (package / "__init__.py").write_text("")
        listed = {
            key: ", ".join(f'"{one}"' for one in names) for key, names in (("requires", requires), ("uses", uses))
        }
        (package / "helpdesk-plugin.toml").write_text(
            f'name = "{name}"\nsummary = "Things of {name}"\napi = "{api}"\n'
            f'adds = ["blueprints", "nav", "permissions", "tables"]\n'
            f"requires = [{listed['requires']}]\nuses = [{listed['uses']}]\n",
            encoding="utf-8",
        )
        body = code if code is not None else CODE
        text = body.replace("{name}", name).replace("{members}", indent(dedent(members), "    "))
        (package / "plugin.py").write_text(text.replace("{imports}", imports), encoding="utf-8")
        if migrations:
            body = MIGRATION.replace("{name}", name).replace("{extra}", indent(dedent(upgrade), "    "))
            path = package / "migrations" / "versions" / f"{name}_0001.py"
            path.write_text(body.replace("{down}", indent(dedent(downgrade), "    ")), encoding="utf-8")
        else:
            (package / "migrations" / "versions").rmdir()
            (package / "migrations").rmdir()
        self._describe(name, "1.0")
        self.made.append(name)
        importlib.invalidate_caches()

    def forget_imports(self) -> None:
        """Forget the code of every made plugin, as a new process would."""
        for name in [name for name in sys.modules if name.startswith("made_")]:
            del sys.modules[name]

    def remove(self, name: str) -> None:
        """Uninstall the package of *name*."""
        (self.site / f"made_{name}-1.0.dist-info").rename(self.site / f"gone_{name}")
        importlib.invalidate_caches()

    def restore(self, name: str) -> None:
        """Install the package of *name* again."""
        (self.site / f"gone_{name}").rename(self.site / f"made_{name}-1.0.dist-info")
        importlib.invalidate_caches()

    def _describe(self, name: str, version: str) -> None:
        info = self.site / f"made_{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: made-{name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[helpdesk.plugins]\n{name} = made_{name}.plugin:MadePlugin\n")
