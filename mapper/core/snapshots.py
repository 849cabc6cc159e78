"""What each kind of reader may see, kept as snapshots that follow the store: one public, one professional."""

import threading
import time

from mapper.access import RESIDENT, Actor, may_all
from mapper.catalogue import Catalogue, public_view
from mapper.geography import Geography, bundled
from mapper.search import Phrasebook, Suggester
from mapper.store import Store
from mapper.taxonomy import Taxonomy

#: How often a process looks whether another one wrote something.
_LOOK_EVERY_S = 0.25


class Snapshots:
    """The snapshots of one process. Safe to use from several threads.

    Nothing may ask for one inside a transaction: it would wait here for who waits there for the store.
    """

    def __init__(self, store: Store, taxonomy: Taxonomy) -> None:
        self._store = store
        self._taxonomy = taxonomy
        self._lock = threading.RLock()
        self._looked_at = 0.0
        #: Made when first asked for: loading the inventory needs no snapshot.
        self._revision = -1

    def _load_everything(self) -> None:
        with self._lock:
            revision = self._store.revision()
            loaded = self._store.neighbourhoods()
            self._geography = Geography.from_set(loaded) if loaded else bundled()
            self._phrasebook = Phrasebook(self._taxonomy, self._geography)
            self._suggester = Suggester(self._taxonomy, self._geography)
            visible = [record for record in self._store.resources() if record.visibility != "hidden"]
            public = (public_view(record) for record in visible if record.visibility == "public")
            self._public = Catalogue(public, self._geography, self._taxonomy, revision)
            self._professional: Catalogue | None = None
            self._revision = revision

    def refresh(self, *, at_once: bool = False) -> None:
        """Takes in what other processes wrote; looks at most every quarter of a second unless told to look at once."""
        if self._revision >= 0 and not at_once and time.monotonic() - self._looked_at < _LOOK_EVERY_S:
            return
        with self._lock:
            self._looked_at = time.monotonic()
            if self._revision < 0:
                self._load_everything()
                return
            revision = self._store.revision()
            if revision == self._revision:
                return
            changed = self._store.changed_since(self._revision)
            if "neighbourhoods" in changed:
                self._load_everything()
                return
            records = {record_id: self._store.resource(record_id) for record_id in changed - {"figures"}}
            self._public = self._public.with_changes(
                {
                    record_id: public_view(record) if record is not None and record.visibility == "public" else None
                    for record_id, record in records.items()
                },
                revision,
            )
            if self._professional is not None:
                self._professional = self._professional.with_changes(
                    {
                        record_id: record if record is not None and record.visibility != "hidden" else None
                        for record_id, record in records.items()
                    },
                    revision,
                )
            self._revision = revision

    def catalogue(self, actor: Actor = RESIDENT) -> Catalogue:
        """The snapshot that this actor may see."""
        self.refresh()
        if not may_all(actor, "read_professional"):
            return self._public
        with self._lock:
            if self._professional is None:
                visible = (record for record in self._store.resources() if record.visibility != "hidden")
                self._professional = Catalogue(visible, self._geography, self._taxonomy, self._revision)
            return self._professional

    @property
    def geography(self) -> Geography:
        """Neighbourhoods, municipalities and postcodes: the official set when one is loaded, else the sketch."""
        self.refresh()
        return self._geography

    @property
    def phrasebook(self) -> Phrasebook:
        """The words that people use for needs, kinds, places and languages."""
        self.refresh()
        return self._phrasebook

    @property
    def suggester(self) -> Suggester:
        """What goes on with what somebody types."""
        self.refresh()
        return self._suggester

    def see_own_write(self) -> None:
        """Takes in at once what this process just wrote."""
        if self._revision >= 0:
            self.refresh(at_once=True)
