"""A cache folder for the tests alone, which go with it. Import this first: much is read and kept while modules load."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "PYTEST_XDIST_WORKER" not in os.environ:  # a worker has the folder of whoever started it
    os.environ.setdefault("PIP_CACHE_DIR", str(Path.home() / ".cache" / "pip"))  # what pip keeps is not ours
    os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="messages-conformance-")
    atexit.register(shutil.rmtree, os.environ["XDG_CACHE_HOME"], ignore_errors=True)

FOLDER = Path(os.environ["XDG_CACHE_HOME"])
