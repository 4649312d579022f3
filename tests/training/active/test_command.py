"""The command of the study."""

from pathlib import Path

from click.testing import CliRunner

from training.__main__ import main


def test_figures_of_the_dev_writers_stay_off_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n", "utf-8")
    result = CliRunner().invoke(main, ["study-labelling", "--on", "dev", "--page", str(page)])
    assert result.exit_code == 2
    assert "without --out" in result.output
    assert page.read_text("utf-8") == "# Page\n"
