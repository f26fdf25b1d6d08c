//! The network namespaces of a host (`Question::Networks`).
use super::field;
use crate::prelude::*;

/// The namespaces that were seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks {
    /// The lowest process of each namespace, by the namespace's inode.
    pub first: BTreeMap<u64, u32>,
    /// Why some processes could not be looked at, if so.
    pub hidden: Option<String>,
}

/// Reads lines `INODE PID` and `! COUNT WHY`.
pub fn parse(bytes: &[u8]) -> Networks {
    let mut out = Networks::default();
    for line in field::lines(bytes) {
        if let Some(hidden) = line.strip_prefix(b"! ") {
            out.hidden = Some(String::from_utf8_lossy(hidden).into_owned());
            continue;
        }
        let mut words = field::words(line);
        let inode = words.next().and_then(field::number);
        let pid = words.next().and_then(field::number);
        if let (Some(inode), Some(pid)) = (inode, pid) {
            out.first.entry(inode).or_insert(pid);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_namespace_has_its_first_process() {
        let networks = parse(b"4026531840 1\n4026532200 310\n! 3 Permission denied\n");
        assert_eq!(networks.first.get(&4_026_532_200), Some(&310));
        assert_eq!(networks.first.len(), 2);
        assert_eq!(networks.hidden.as_deref(), Some("3 Permission denied"));
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_it_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }
    }
}
