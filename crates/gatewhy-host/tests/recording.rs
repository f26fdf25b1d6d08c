//! A recorded host answers as the live one did, and holds no secrets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
use gatewhy_facts::answer::{Answer, Outcome};
use gatewhy_facts::question::Question;
use gatewhy_facts::recording::RecordingError;
use gatewhy_host::Host;
use gatewhy_host::recorded::{CannotReplay, RecordedHost};
use gatewhy_host::recorder::{Recorder, Redacting};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

const CANARY: &[u8] = b"c4n4ryS3cret";

/// A host of which only two files can be read.
#[derive(Debug)]
struct Small;

impl Host for Small {
    fn answer(&self, questions: &[Question]) -> Vec<Answer> {
        let answer = |question: &Question| match question.to_string().as_str() {
            k if k.starts_with("file /etc/app.conf ") => Answer {
                outcome: Outcome::Got {
                    bytes: b"port=3000\npassword=c4n4ryS3cret\n\0\xff".to_vec(),
                    cut: false,
                },
                took: Duration::from_micros(77),
            },
            k if k.starts_with("file /etc/shadow ") => {
                Answer::none(Outcome::Denied("EACCES".into()))
            }
            _ => Answer::none(Outcome::Absent),
        };
        questions.iter().map(answer).collect()
    }
}

fn questions() -> Vec<Question> {
    vec![
        Question::file("/etc/app.conf"),
        Question::file("/etc/shadow"),
        Question::file("/etc/none with spaces\n"),
        Question::Now,
    ]
}

fn path(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("gatewhy-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

#[test]
fn a_recording_answers_as_the_live_host_did() {
    for (name, wants_packed) in [("plain.recording", false), ("packed.recording.gz", true)] {
        let path = path(name);
        let recorder = Recorder::create(Small, &path).unwrap();
        let live = recorder.answer(&questions());
        let again = recorder.answer(&questions());
        assert_eq!((live.clone(), recorder.finish().unwrap()), (again, 4));

        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let packed = std::fs::read(&path).unwrap().starts_with(&[0x1f, 0x8b]);
        assert_eq!(packed, wants_packed);

        let replay = RecordedHost::open(&path).unwrap();
        assert_eq!(replay.answer(&questions()), live);
        assert_eq!(replay.len(), 4);
        let other = replay.answer(&[Question::KernelLog]);
        assert_eq!(other, [Answer::none(Outcome::NotRecorded)]);
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn no_secret_is_passed_on_or_kept() {
    let path = path("canary.recording");
    let recorder = Recorder::create(Small, &path).unwrap();
    let live = recorder.answer(&questions());
    recorder.note("url", "https://shop.example/?token=c4n4ryS3cret");
    recorder.finish().unwrap();
    let file = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(memchr::memmem::find(&file, CANARY).is_none());
    assert!(memchr::memmem::find(&file, b"port=3000").is_some());
    assert_eq!(Redacting(Small).answer(&questions()), live);
}

#[test]
fn a_file_that_is_there_is_left_alone() {
    let path = path("taken.recording");
    std::fs::write(&path, "precious").unwrap();
    let error = Recorder::create(Small, &path).unwrap_err().to_string();
    assert!(
        error.contains("taken.recording") && error.contains("exists"),
        "{error}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn a_recording_that_was_cut_off_is_refused() {
    let path = path("cut.recording");
    let recorder = Recorder::create(Small, &path).unwrap();
    recorder.answer(&questions());
    recorder.finish().unwrap();
    let file = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let cut = RecordedHost::read(&file[..file.len() - 8]);
    assert!(matches!(
        cut,
        Err(CannotReplay::Recording(RecordingError::CutAt(_)))
    ));
    let none = RecordedHost::read(&b"hello"[..]);
    assert!(matches!(
        none,
        Err(CannotReplay::Recording(RecordingError::NoRecording))
    ));
}

/// A gigabyte of zeros packs into a megabyte: it must stop long before its end.
#[test]
fn a_packed_bomb_is_harmless() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(b"gatewhy-recording 1.0\n").unwrap();
    for _ in 0..64 {
        packer.write_all(&vec![0; 1 << 20]).unwrap();
    }
    let bomb = packer.finish().unwrap();
    assert!(bomb.len() < 2 << 20);
    let error = RecordedHost::read(&bomb[..]).unwrap_err();
    assert!(
        matches!(error, CannotReplay::Recording(RecordingError::OverLimit(_))),
        "{error}"
    );
}
