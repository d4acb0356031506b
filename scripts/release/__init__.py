"""Releases: built, checked, tried, compared with the last one, and published to a private index.

python -m scripts.release.build      wheel and sdist into dist/, checked                  make build
python -m scripts.release.gate       is the version high enough for the API?              make check-api
python -m scripts.release.publish    all of it, and then the upload                       make publish
python -m scripts.release.gate --record   write the API down as that of its version       make release-record
python -m scripts.release.sbom       what the wheel is installed with, as CycloneDX       make sbom
python -m scripts.release.licences   docs/licences.md: under which licences that is       make licences
"""
