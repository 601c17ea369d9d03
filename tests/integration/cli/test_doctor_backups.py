"""What the doctor says of backups, and of files that changed or that nobody knows."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.domain.backup import BackupProof
from portal.instance import write_proof
from portal.models import Attachment, Submission
from tests.support.deployments import Deployment
from tests.support.factories import make_submission
from tests.support.photos import keep_document, leave_open


def note_proof(deployment: Deployment, *, faults: int = 0, age: timedelta = timedelta()) -> None:
    write_proof(
        deployment.folder, BackupProof(datetime.now(UTC) - age, backup="b", texts=1, files=1, faults=faults)
    )


def make_none(deployment: Deployment) -> str:
    note_proof(deployment, age=timedelta(days=31))
    return "warn: No backup has been proven for 30 days. Set PORTAL_BACKUP_TO to a folder on another disk."


def prove_none(deployment: Deployment) -> str:
    deployment.settings["PORTAL_BACKUP_TO"] = "/mnt/backups"
    (deployment.folder / "proof.json").unlink()
    return (
        "warn: No backup in /mnt/backups has been proven yet. The worker does it each night; see what stops "
        "it with: portal backup, then: portal backup --prove"
    )


def fail_to_prove(deployment: Deployment) -> str:
    note_proof(deployment, faults=2)
    return (
        "mend: The backup b cannot be restored as a whole. See why with: portal backup --prove, then make a "
        "new one"
    )


def show_passphrase(deployment: Deployment) -> str:
    path = deployment.folder.with_name("passphrase")
    path.touch(mode=0o644)
    deployment.settings["PORTAL_BACKUP_PASSPHRASE_FILE"] = str(path)
    return f"warn: {path} can be read by other users of this machine. Run: chmod go= {path}"


def change_file(deployment: Deployment) -> str:
    with deployment.open() as session:
        submission = make_submission(session, datetime.now(UTC))
        keep_document(session, submission, at=datetime.now(UTC))
        name = session.scalars(select(Attachment.public_id)).one()
        text_id = session.scalars(select(Submission.public_id)).one()
    (deployment.folder / "files" / name).write_bytes(b"other")
    return (
        f"mend: Files of contributors in {deployment.folder / 'files'} are not what was kept: {name} of text "
        f"{text_id}. Put them back from your copy."
    )


def find_no_room(deployment: Deployment) -> str:
    with deployment.open() as session:
        submission = make_submission(session, datetime.now(UTC))
        leave_open(keep_document(session, submission, at=datetime.now(UTC)))
    return (
        f"warn: 1 file in {deployment.folder / 'files'} lies in the open since an earlier release. Make "
        "room, put back what was changed, then run: portal upgrade"
    )


def bring_file(deployment: Deployment) -> str:
    path = deployment.folder / "files" / ("a" * 32)
    path.touch(mode=0o600)
    long_ago = (datetime.now(UTC) - timedelta(days=3)).timestamp()
    os.utime(path, (long_ago, long_ago))
    return (
        f"warn: 1 file in {deployment.folder / 'files'} belongs to no text: {path.name}. The worker sets "
        "such files aside; they may have come with a copy that was put back."
    )


@pytest.mark.parametrize(
    "spoil",
    [
        make_none,
        prove_none,
        fail_to_prove,
        show_passphrase,
        change_file,
        find_no_room,
        bring_file,
    ],
)
def test_the_doctor_says_what_is_wrong(deployment: Deployment, spoil: Callable[[Deployment], str]) -> None:
    words = spoil(deployment)
    assert deployment.diagnose() == (int(words.startswith("mend")), [words])
