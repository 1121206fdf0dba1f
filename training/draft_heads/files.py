"""Files that are written whole or not at all, and folders that know which version made them."""

import contextlib
import errno
import json
import os
import pathlib
import re

from .errors import UserError

#: Raised when what is in a training folder changes its meaning: an older folder is refused, not misread.
FOLDER_VERSION = 1
SETTINGS = "settings.json"


class NewFiles:
    """Files of one folder that take their places together once all are written: a failure before leaves the old ones.

    As a context: at its end they take their places in the order in which they were written, so the file that speaks of
    the others is to be the last; where it is left by an error, none does.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        #: By the name of each, where it lies until then.
        self.partials = {}

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                for name, partial in self.partials.items():
                    self._try(name, lambda partial=partial, name=name: os.replace(partial, self.folder / name))
        finally:
            for partial in self.partials.values():
                partial.unlink(missing_ok=True)

    def write(self, name, write):
        """Has `write(path)` fill the file `name`."""
        partial = self.folder / f"{name}.{os.getpid()}.partial"

        def fill():
            self.folder.mkdir(parents=True, exist_ok=True)
            # Only in a folder that is there is anything to take away again.
            self.partials[name] = partial
            write(partial)
            with open(partial, "rb+") as written:
                os.fsync(written.fileno())

        self._try(name, fill)

    def write_json(self, name, value):
        text = json.dumps(value, indent=1) + "\n"
        self.write(name, lambda partial: partial.write_text(text, encoding="utf-8"))

    def path(self, name):
        """Where the file `name` can be read by now: one that is not among these is in its place."""
        return self.partials.get(name, self.folder / name)

    def _try(self, name, work):
        file = self.folder / name
        try:
            work()
        except OSError as error:
            raise write_error(error, file) from error
        except RuntimeError as error:
            # torch.save tells of a full disk in this way.
            if not full_disk(self.folder):
                raise
            raise disk_full(file) from error


def write_whole(file, write):
    """Has `write(path)` fill a file beside `file`, then puts it in its place: a crash leaves the old one."""
    file = pathlib.Path(file)
    with NewFiles(file.parent) as new:
        new.write(file.name, write)


def sweep(folder):
    """Removes what processes that were killed in mid-write left in `folder`.

    Those that live keep theirs: several can share a folder.
    """
    for file in pathlib.Path(folder).glob("*.partial"):
        written_by = re.search(r"\.(\d{1,9})\.partial$", file.name)
        if written_by and not is_alive(int(written_by[1])):
            # Another process may sweep too; and what cannot be removed only takes room.
            with contextlib.suppress(OSError):
                file.unlink()


def is_alive(process):
    """Whether there is a process of this number on this machine, be it another user's."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def write_json(file, value):
    file = pathlib.Path(file)
    with NewFiles(file.parent) as new:
        new.write_json(file.name, value)


def read_json(file):
    """The JSON object that `file` holds."""
    try:
        found = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("it holds no JSON object")
        return found
    except (OSError, ValueError) as error:
        raise UserError(f"{file} cannot be read: {error}. Restore it, or start with a new folder.") from error


def read_settings(folder):
    """What `claim_folder` kept in `folder`, which this version made."""
    found = read_json(pathlib.Path(folder) / SETTINGS)
    if found.get("version") != FOLDER_VERSION:
        raise UserError(f"{folder} was made by another version of the training. Use a new folder.")
    return found


def kept(found, name, kind, folder):
    """What the settings `found` of `folder` say of `name`: a `kind`, or the folder is refused."""
    value = found.get(name)
    if not isinstance(value, kind):
        raise not_said(name, folder)
    return value


def not_said(name, folder):
    return UserError(
        f"{pathlib.Path(folder) / SETTINGS} does not say its {name} as this version of the training does. "
        "Go on with the version that began it, or use a new folder."
    )


def write_error(error, file):
    # numpy tells of a write that was cut short in words alone, without the system's number.
    if error.errno == errno.ENOSPC or (error.errno is None and full_disk(file.parent)):
        return disk_full(file)
    return UserError(f"{file} could not be written: {error.strerror or error}. Check the folder and start again.")


def disk_full(file):
    return UserError(
        f"The disk is full: {file} was not written, and what was there before is as it was. Make room and start again."
    )


def full_disk(folder):
    """Whether so little room is left that a write can have failed for it."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize < 2**24


def claim_folder(folder, settings, notes=None):
    """Makes `folder` one for `settings`, or checks that it is: work of different settings is never mixed.

    notes: what is kept beside them and not compared
    """
    folder = pathlib.Path(folder)
    sweep(folder)
    file = folder / SETTINGS
    if not file.exists():
        write_json(file, {"version": FOLDER_VERSION, **settings, **(notes or {})})
        return
    found = read_settings(folder)
    for name, value in settings.items():
        if name not in found and value is not None:
            raise not_said(name, folder)
        if found.get(name) != value:
            raise UserError(
                f"{folder} was started with {name} {found.get(name)}, not {value}. "
                "Give the same again, or a new folder."
            )


def claimed_folders(given, settings):
    """Those of the folders in `given` that `claim_folder` made for these settings."""
    for file in sorted(pathlib.Path(given).glob(f"*/{SETTINGS}")):
        if read_json(file) == {"version": FOLDER_VERSION, **settings}:
            yield file.parent
