"""What Schemathesis sends where the document asks for a picture: real ones, from the folder CONTRACT_PICTURES.

What it makes up by itself is refused as no picture, so the answers to pictures would never be seen.
"""

import os
from pathlib import Path

import schemathesis
from hypothesis import strategies as st

PICTURES = {path.stem: path.read_bytes() for path in sorted(Path(os.environ["CONTRACT_PICTURES"]).iterdir())}

for name, content in PICTURES.items():
    schemathesis.openapi.media_type(f"image/{name}", st.just(content))
schemathesis.openapi.media_type("application/octet-stream", st.sampled_from(list(PICTURES.values())))
