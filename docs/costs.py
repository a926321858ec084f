"""Writes what `earwitness cost` prints into the README: `python docs/costs.py`."""

import re
from pathlib import Path

from earwitness.cli.cost import lines_of
from earwitness.operations.costing import total, total_after_free
from earwitness.operations.load import Load

README = Path(__file__).parents[1] / "README.md"
TYPICAL = Load(mentions_a_day=1000)


def main() -> None:
    """Replace the block, and the sums that are promised in words."""
    text = README.read_text("utf-8")
    block = "```\n" + "\n".join(lines_of(TYPICAL)) + "\n```"
    text = re.sub(r"```\nList prices.*?```", lambda _: block, text, flags=re.DOTALL)
    told = f"${total(TYPICAL):.0f} a month"
    text = re.sub(r"(?<=osts about )\$\d+ a month", lambda _: told, text)
    text = re.sub(r"(?<=^About )\$\d+ a month", lambda _: told, text, flags=re.MULTILINE)
    free = f"about ${total_after_free(TYPICAL):.0f} where"
    README.write_text(re.sub(r"about \$\d+ where", lambda _: free, text), "utf-8")


if __name__ == "__main__":
    main()
