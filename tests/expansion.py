"""A template as CloudFormation sees it: loops and SAM resources written out."""

from pathlib import Path
from typing import Any

from cfnlint.decode import cfn_yaml
from cfnlint.template import Template
from cfnlint.template.transforms._language_extensions import language_extension
from samtranslator.translator.transform import transform

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "template.yaml"


class _NoManagedPolicies:
    """The names of AWS's managed policies: none of ours may need one."""

    def load(self) -> dict[str, str]:
        return {}


def expand(path: Path) -> dict[str, Any]:
    """Write the template of ``path`` out, parameters at their defaults.

    Raises:
        ValueError: a loop that cannot be written out.
    """
    source = Template(str(path), cfn_yaml.load(str(path)), ["eu-central-1"])
    problems, written_out = language_extension(source)
    if problems or written_out is None:
        raise ValueError(f"{path}: {problems}")
    return transform(_packaged(written_out), {}, _NoManagedPolicies())


def _packaged(template: dict[str, Any]) -> dict[str, Any]:
    """As ``sam package`` leaves it: code is in a bucket."""
    globals_ = template.get("Globals", {}).get("Function", {})
    for properties in [
        globals_,
        *(r.get("Properties", {}) for r in template["Resources"].values()),
    ]:
        for name in ("CodeUri", "ContentUri"):
            if name in properties:
                properties[name] = "s3://code/package.zip"
    return template
