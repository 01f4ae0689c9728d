"""Makes the picture of the README: the effective key, as `keystar notes` writes it.

    .venv/bin/python docs/images/make.py

Needs TeX and poppler (pdflatex, pdftoppm).
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from derivations.notes.collection import latex_files
from derivations.notes.typesetting import find_tex, pdf_of
from derivations.results.effective_key import effective_key

HERE = Path(__file__).resolve().parent
DOTS_PER_INCH = 170
PAGE = r"""\documentclass[10pt]{article}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage[paperwidth=25.5cm,paperheight=19.6cm,margin=0.7cm]{geometry}
\usepackage{keystar-macros}
\pagestyle{empty}
\setlength{\parindent}{0pt}
\begin{document}
\begin{minipage}[t]{0.45\linewidth}\vspace{0pt}
%s\end{minipage}\hfill
\begin{minipage}[t]{0.5\linewidth}\vspace{0pt}
%s\end{minipage}
\end{document}
"""


def main() -> None:
    """Write effective_key.png beside this file."""
    files = latex_files([(effective_key.report(), [])], [])
    parts = re.split(r"(?=\\keystarheading\{(?:Chain|Lemmas)\})", files["effective_key.tex"])
    if len(parts) != 3:
        raise SystemExit("docs/images/make.py: the fragment no longer has a chain and lemmas")
    theorem, chain, lemmas = parts
    page = {**files, "page.tex": PAGE % (theorem + lemmas, chain)}
    with TemporaryDirectory() as name:
        pdf = Path(name) / "page.pdf"
        pdf.write_bytes(pdf_of(page, "page.tex", find_tex()))
        command = ["pdftoppm", "-r", str(DOTS_PER_INCH), "-png", "-singlefile", str(pdf)]
        subprocess.run([*command, str(HERE / "effective_key")], check=True)


if __name__ == "__main__":
    main()
