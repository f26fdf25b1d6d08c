use super::*;
use proptest::prelude::*;

fn decode(bytes: &[u8], step: usize) -> Result<Vec<Record>, RecordingError> {
    decode_within(bytes, step, Limits::default())
}

fn decode_within(bytes: &[u8], step: usize, limits: Limits) -> Result<Vec<Record>, RecordingError> {
    let mut decoder = Decoder::new(limits);
    let mut out = Vec::new();
    for piece in bytes.chunks(step.max(1)) {
        decoder.feed(piece)?;
        while let Some(record) = decoder.take()? {
            out.push(record);
        }
    }
    decoder.finish()?;
    Ok(out)
}

fn record(outcome: Outcome) -> Record {
    Record {
        key: "file /etc/hosts head=1048576".into(),
        answer: Answer {
            outcome,
            took: Duration::from_micros(41),
        },
    }
}

fn whole(records: &[Record]) -> Vec<u8> {
    let mut out = encode_start();
    out.extend(records.iter().flat_map(encode));
    out.extend(encode_end(records.len() as u64));
    out
}

#[test]
fn the_format_is_as_documented() {
    let bytes = Outcome::Got {
        bytes: b"127.0.0.1 localhost\n".to_vec(),
        cut: true,
    };
    let text = String::from_utf8(whole(&[record(bytes)])).unwrap();
    let wanted = "gatewhy-recording 1.0\nquestion file /etc/hosts head=1048576\noutcome got-cut\n\
        took 41\nbytes 20\n127.0.0.1 localhost\n\nend 1\n";
    assert_eq!(text, wanted);
}

#[test]
fn lines_of_later_minor_versions_are_skipped() {
    let text = b"gatewhy-recording 1.7\nhost web1\nquestion now\nasked 3\noutcome absent\nbytes 0\n\nend 1\n";
    let records = decode(text, 5).unwrap();
    assert_eq!(
        records.first().map(|r| &r.answer.outcome),
        Some(&Outcome::Absent)
    );
}

#[test]
fn what_is_wrong_with_a_recording_is_told() {
    let error = |text: &[u8]| decode(text, 7).unwrap_err();
    assert_eq!(
        error(b"PK\x03\x04 something else\n"),
        RecordingError::NoRecording
    );
    assert_eq!(error(b""), RecordingError::NoRecording);
    assert_eq!(
        error(b"gatewhy-recording 2.1\n"),
        RecordingError::TooNew(2, 1)
    );
    assert_eq!(
        error(b"gatewhy-recording 0.3\n"),
        RecordingError::TooOld(0, 3)
    );
    let good = whole(&[record(Outcome::Absent), record(Outcome::Absent)]);
    assert_eq!(error(&good[..70]), RecordingError::CutAt(70));
    let count = [&good[..good.len() - 2], b"9\n"].concat();
    assert_eq!(
        error(&count),
        RecordingError::DamagedAt(good.len() as u64 - 6)
    );
    let tail = [&good[..], b"x"].concat();
    assert_eq!(error(&tail), RecordingError::DamagedAt(good.len() as u64));
    assert_eq!(
        error(b"gatewhy-recording 1.0\nnonsense\n"),
        RecordingError::DamagedAt(22)
    );
}

#[test]
fn hostile_recordings_hit_a_limit_first() {
    let limits = Limits {
        line: 100,
        answer: 10,
        whole: 1000,
        records: 2,
    };
    let error = |text: &[u8]| decode_within(text, 64, limits).unwrap_err();
    let big = b"gatewhy-recording 1.0\nquestion x\noutcome got\nbytes 99999999999\n";
    assert_eq!(error(big), RecordingError::OverLimit("one answer's size"));
    let many = whole(&[
        record(Outcome::Absent),
        record(Outcome::Absent),
        record(Outcome::Absent),
    ]);
    assert_eq!(
        error(&many),
        RecordingError::OverLimit("the number of its answers")
    );
    let line = [b"gatewhy-recording 1.0\n", &[b'x'; 200][..]].concat();
    assert_eq!(error(&line), RecordingError::OverLimit("one line's size"));
    let long = [b"gatewhy-recording 1.0\n", &b"a b\n".repeat(400)[..]].concat();
    assert_eq!(error(&long), RecordingError::OverLimit("its whole size"));
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        (any::<Vec<u8>>(), any::<bool>()).prop_map(|(bytes, cut)| Outcome::Got { bytes, cut }),
        Just(Outcome::Absent),
        any::<u32>().prop_map(|n| Outcome::TimedOut(Duration::from_micros(n.into()))),
        any::<String>().prop_map(Outcome::Denied),
        any::<String>().prop_map(Outcome::Failed),
        any::<String>().prop_map(Outcome::Unsupported),
        Just(Outcome::NotRecorded),
    ]
}

proptest! {
    #[test]
    fn what_is_recorded_comes_back(
        outcomes in proptest::collection::vec((outcome(), "[ -~]{0,40}", any::<u32>()), 0..5),
        step in 1_usize..50,
    ) {
        let made = outcomes.into_iter().map(|(outcome, key, took)| Record {
            key,
            answer: Answer { outcome, took: Duration::from_micros(took.into()) },
        });
        let records: Vec<Record> = made.collect();
        prop_assert_eq!(decode(&whole(&records), step), Ok(records));
    }

    /// A flipped byte is noticed or changes an answer; it never panics.
    #[test]
    fn damaged_recordings_never_panic(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let got = Outcome::Got { bytes: b"abc\nend 1\n".to_vec(), cut: false };
        let mut bytes = whole(&[record(got), record(Outcome::Absent)]);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = decode(&bytes, 11);
        let cut = cut.index(bytes.len());
        prop_assert!(decode(&bytes[..cut], 11).is_err());
    }

    #[test]
    fn any_bytes_are_refused_calmly(bytes: Vec<u8>, step in 1_usize..9) {
        prop_assert!(decode(&bytes, step).is_err());
        let _ = decode(&[&encode_start(), &bytes[..]].concat(), step);
    }
}

#[test]
fn budgets_are_left_out_of_keys_and_nothing_else_is() {
    let key = "file /etc/head=3/x head=1048576";
    assert_eq!(without_budgets(key), "file /etc/head=/x head= send=");
    let one = "exchange 127.0.0.1:80 until=HttpMessage { limit: 65536 } patience=2500 attempt=0 send=GET /?patience=1";
    let other = one.replace("65536", "9").replace("2500", "1");
    assert_eq!(without_budgets(one), without_budgets(&other));
    assert_ne!(
        without_budgets(one),
        without_budgets(&one.replace("attempt=0", "attempt=1"))
    );
    assert_ne!(
        without_budgets(one),
        without_budgets(&one.replace("/?patience=1", "/?patience=2"))
    );
    assert_ne!(
        without_budgets("x tail=1 round=0"),
        without_budgets("x tail=1 round=1")
    );
}

proptest::proptest! {
    #[test]
    fn keys_without_budgets_never_panic(key: String) {
        let _ = without_budgets(&key);
    }
}
