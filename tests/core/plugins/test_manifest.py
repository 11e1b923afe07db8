"""The manifest is read strictly: a fault is said with the file and the key."""

from pathlib import Path

import pytest

from helpdesk_core.contract.errors import PluginError
from helpdesk_core.contract.plugin import MANIFEST_NAME, Manifest
from helpdesk_core.plugins.manifest import read_manifest

GOOD = """
name = "knowledge_base"
summary = "Answers worth keeping"
api = ">=1.0,<2"
adds = ["slots", "permissions"]
requires = ["equipment"]
uses = ["reports"]
requires_core_revision = "core_0001"
"""


def read(folder: Path, text: str | bytes) -> Manifest:
    path = folder / MANIFEST_NAME
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_manifest(path, plugin="knowledge_base")


def test_every_key_is_read(tmp_path: Path) -> None:
    manifest = read(tmp_path, GOOD)
    assert manifest.name == "knowledge_base"
    assert manifest.summary == "Answers worth keeping"
    assert manifest.api == ">=1.0,<2"
    assert manifest.adds == ("slots", "permissions")
    assert (manifest.requires, manifest.uses) == (("equipment",), ("reports",))
    assert manifest.requires_core_revision == "core_0001"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('name = "knowledge_base"', "", "name: is missing"),
        ('name = "knowledge_base"', 'name = "Knowledge Base"', "name:"),
        ('name = "knowledge_base"', "name = 3", "name: must be a text"),
        ('summary = "Answers worth keeping"', 'summary = " "', "summary: must be a text"),
        ('summary = "Answers worth keeping"', f'summary = "{"x" * 201}"', "summary: longer"),
        ('api = ">=1.0,<2"', 'api = "one"', "api: 'one' is not a version specifier"),
        ('adds = ["slots", "permissions"]', 'adds = ["magic"]', "adds: unknown word 'magic'"),
        ('adds = ["slots", "permissions"]', 'adds = "slots"', "adds: must be a list"),
        ('requires = ["equipment"]', 'requires = ["equipment", "equipment"]', "requires: says the same thing twice"),
        ('requires = ["equipment"]', 'requires = ["knowledge_base"]', "requires: a plugin cannot name itself"),
        ('uses = ["reports"]', 'uses = ["equipment"]', "uses: 'equipment' stands in requires already"),
        ('uses = ["reports"]', "uses = [1]", "uses: must be a list of texts"),
        ("requires_core_revision", "requires_core_revison", "requires_core_revison: unknown key"),
    ],
)
def test_a_fault_names_the_file_and_the_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    with pytest.raises(PluginError) as refusal:
        read(tmp_path, GOOD.replace(old, new))
    assert f"{MANIFEST_NAME}: {key}" in refusal.value.cause


@pytest.mark.parametrize("text", ["name = ", b"\xff\xfe", "x" * 70_000])
def test_a_file_that_is_not_a_manifest_is_refused_with_its_path(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(PluginError, match=MANIFEST_NAME):
        read(tmp_path, text)


def test_a_missing_manifest_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="cannot be read"):
        read_manifest(tmp_path / MANIFEST_NAME, plugin="knowledge_base")
