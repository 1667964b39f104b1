"""Writes the lock files: names, versions, hashes and no address (`make lock`)."""

import subprocess
import sys

LOCKS = {
    "requirements.lock": ["--extra=postgres", "--extra=build"],
    "requirements-dev.lock": ["--extra=postgres", "--extra=build", "--extra=dev"],
    "requirements-bench.lock": [
        "--extra=postgres",
        "--extra=build",
        "--extra=dev",
        "--extra=bench",
    ],
}


def main() -> None:
    """Resolves each set of extras anew."""
    for name, extras in LOCKS.items():
        subprocess.run(
            [
                sys.executable,
                "-m",
                "piptools",
                "compile",
                "--quiet",
                "--upgrade",
                "--strip-extras",
                "--allow-unsafe",
                "--generate-hashes",
                "--no-emit-index-url",
                "--no-emit-trusted-host",
                "--no-emit-find-links",
                "--no-emit-options",
                "--no-header",
                f"--output-file={name}",
                *extras,
                "pyproject.toml",
            ],
            check=True,
        )


if __name__ == "__main__":
    main()
