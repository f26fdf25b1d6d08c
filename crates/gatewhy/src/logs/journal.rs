//! What services wrote to the journal, as lines of a log.
use gatewhy_facts::known::Known;
use gatewhy_facts::question::{Command, Question};
use gatewhy_facts::systemd::journal::{self, Entry};
use gatewhy_logs::scan::Text;
use std::path::PathBuf;

/// Most entries of one unit that are asked for, the newest.
const ENTRIES: u32 = 20_000;

/// The journals of these units that hold anything.
pub(super) fn of(known: &Known, units: &[String]) -> Vec<Text> {
    let texts = units.iter().filter_map(|unit| {
        let question = Question::Run(Command::Journal {
            unit: unit.clone(),
            lines: ENTRIES,
            round: 0,
        });
        let name = format!("journal of {unit}");
        let bytes = known.bytes(&question, &name, "");
        let bytes = text(bytes.found()?);
        (!bytes.is_empty()).then(|| Text {
            name: PathBuf::from(name),
            bytes: bytes.into(),
        })
    });
    texts.collect()
}

/// The entries as syslog writes them: `2026-11-20T03:12:04Z journal nginx[812]: …`.
fn text(answer: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for entry in &journal::parse(answer).entries {
        for line in entry.message.iter().flat_map(|m| m.split(|b| *b == b'\n')) {
            text.extend_from_slice(head(entry).as_bytes());
            text.extend_from_slice(line);
            text.push(b'\n');
        }
    }
    text
}

fn head(entry: &Entry) -> String {
    let name = entry.identifier.as_deref().or(entry.comm.as_deref());
    let plain = |c: &char| c.is_ascii_alphanumeric() || "-_./@".contains(*c);
    let name: String = name.unwrap_or("unknown").chars().filter(plain).collect();
    let pid = entry.pid.map_or_else(String::new, |pid| format!("[{pid}]"));
    let at = jiff::Timestamp::from_second(entry.at.secs()).unwrap_or_default();
    format!("{at} journal {name}{pid}: ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewhy_facts::log_line;
    use gatewhy_facts::symptom::Symptom;

    #[test]
    fn entries_are_lines_that_can_be_read() {
        let answer = br#"{"__REALTIME_TIMESTAMP":"1795271091706874","_PID":"1","SYSLOG_IDENTIFIER":"systemd","MESSAGE":"shop.service: A process of this unit has been killed by the OOM killer.","UNIT":"shop.service"}"#;
        let text = text(answer);
        let line = text.strip_suffix(b"\n").unwrap();
        let record = log_line::recognise(line).unwrap();
        assert_eq!(record.symptom, Some(Symptom::UnitOomKilled));
        assert!(record.at.is_some());
    }
}
