"""One blob container in memory: the part of ContainerClient that the bridge uses."""

from __future__ import annotations

from dataclasses import dataclass, field

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from tests.fakes.calls import Calls


@dataclass
class FakeContainer:
    """Stands in for ContainerClient; `blobs` is what it holds."""

    calls: Calls = field(default_factory=Calls)
    blobs: dict[str, bytes] = field(default_factory=dict)

    def upload_blob(self, name: str, data: bytes, overwrite: bool = False) -> None:
        """Raises ResourceExistsError where it is there and may not be overwritten."""
        with self.calls.around("blobs.upload_blob", name):
            if name in self.blobs and not overwrite:
                raise ResourceExistsError(message="BlobAlreadyExists")
            self.blobs[name] = data

    def download_blob(self, name: str) -> FakeDownload:
        """Raises ResourceNotFoundError."""
        with self.calls.around("blobs.download_blob", name):
            return FakeDownload(self._there(name))

    def delete_blob(self, name: str) -> None:
        """Raises ResourceNotFoundError."""
        with self.calls.around("blobs.delete_blob", name):
            self._there(name)
            del self.blobs[name]

    def _there(self, name: str) -> bytes:
        if name not in self.blobs:
            raise ResourceNotFoundError(message="BlobNotFound")
        return self.blobs[name]


@dataclass(frozen=True)
class FakeDownload:
    """Stands in for StorageStreamDownloader."""

    content: bytes

    def readall(self) -> bytes:
        """All of it."""
        return self.content
