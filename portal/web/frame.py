"""What templates need, bound to the app in one call."""

import os
from contextlib import suppress
from pathlib import Path

from flask import Flask
from jinja2 import BaseLoader, ChoiceLoader, FileSystemBytecodeCache, PackageLoader, PrefixLoader
from jinja2.bccache import Bucket

from portal.web import assets, fields, filters, headers, language, words


class Compiled(FileSystemBytecodeCache):
    """Compiled templates in a folder, whose times do not tell when a page was first opened."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        super().dump_bytecode(bucket)
        folder = Path(self.directory)
        for path in (*folder.iterdir(), folder):
            with suppress(FileNotFoundError):  # another process's, half written
                if path.stat().st_mtime:
                    os.utime(path, (0, 0))


def bind(app: Flask, bytecode_folder: str | None = None) -> None:
    """Bind loaders, filters, functions and headers. Raises SettingError without built files.

    `bytecode_folder` keeps compiled templates between starts (the first page takes a twentieth of
    the time); it must belong to this portal alone, since Python loads what lies in it.
    """
    own: BaseLoader = app.jinja_loader or PackageLoader("portal")
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    app.jinja_loader = ChoiceLoader([own, govuk])
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    if bytecode_folder:
        app.jinja_env.bytecode_cache = Compiled(bytecode_folder)
    for room in (assets, fields, filters, headers, language, words):
        room.bind(app)
