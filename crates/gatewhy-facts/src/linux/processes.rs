//! All processes (`Question::Processes`).
use super::field;
use super::stat::{self, Stat};
use crate::bundle;
use crate::prelude::*;

/// One process of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its `stat` file.
    pub stat: Stat,
    /// Its effective user.
    pub uid: Option<u32>,
    /// Its arguments: chosen by the process, so never proof of what it is. Empty
    /// for threads of the kernel and for zombies.
    pub arguments: Vec<Vec<u8>>,
}

/// All processes, by their id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Processes(pub BTreeMap<u32, Listed>);

/// Reads the bundle of `PID/stat`, `PID/uid` and `PID/cmdline`.
pub fn parse(bytes: &[u8]) -> Processes {
    let mut all = BTreeMap::new();
    for (name, part) in bundle::parts(bytes) {
        let Some((pid, file)) = name.split_once('/') else {
            continue;
        };
        let Ok(pid) = pid.parse::<u32>() else {
            continue;
        };
        if file == "stat" {
            let listed = stat::parse(part).map(|stat| Listed {
                stat,
                uid: None,
                arguments: Vec::new(),
            });
            all.extend(listed.map(|listed| (pid, listed)));
        } else if let Some(listed) = all.get_mut(&pid) {
            match file {
                "uid" => listed.uid = field::number(part),
                "cmdline" => listed.arguments = arguments(part),
                _ => {}
            }
        }
    }
    Processes(all)
}

/// The arguments of a `cmdline` file: each ends in a zero byte. A process that
/// wrote its title over them leaves one long argument and padding.
pub fn arguments(cmdline: &[u8]) -> Vec<Vec<u8>> {
    let end = cmdline
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |at| at + 1);
    let all = cmdline.get(..end).unwrap_or_default();
    if all.is_empty() {
        return Vec::new();
    }
    all.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect()
}

impl Processes {
    /// The process with that id.
    pub fn get(&self, pid: u32) -> Option<&Listed> {
        self.0.get(&pid)
    }

    /// The processes whose parent is `pid`.
    pub fn children(&self, pid: u32) -> impl Iterator<Item = &Listed> {
        self.0
            .values()
            .filter(move |listed| listed.stat.ppid == pid)
    }

    /// The processes with that name, which any process may take.
    pub fn named<'a>(&'a self, comm: &'a [u8]) -> impl Iterator<Item = &'a Listed> {
        self.0
            .values()
            .filter(move |listed| listed.stat.comm == comm)
    }

    /// Whether `pid` is `ancestor` or descends from it.
    pub fn descends(&self, pid: u32, ancestor: u32) -> bool {
        let mut at = pid;
        for _ in 0..64 {
            if at == ancestor {
                return true;
            }
            match self.get(at) {
                Some(listed) if listed.stat.ppid != 0 => at = listed.stat.ppid,
                _ => return false,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle() -> Vec<u8> {
        let mut all = Vec::new();
        let stat = |pid: u32, ppid: u32| {
            format!("{pid} (nginx) S {ppid} 1 1 0 -1 4194560 0 0 0 0 5 6 0 0 20 0 1 0 700 0 12")
        };
        bundle::push(&mut all, "10/stat", stat(10, 1).as_bytes());
        bundle::push(&mut all, "10/uid", b"0");
        bundle::push(&mut all, "10/cmdline", b"nginx: master process\0\0\0");
        bundle::push(&mut all, "11/stat", stat(11, 10).as_bytes());
        bundle::push(&mut all, "11/uid", b"33");
        bundle::push(&mut all, "11/cmdline", b"a\0\0b\0");
        all
    }

    #[test]
    fn parts_are_joined_by_process() {
        let all = parse(&bundle());
        let master = all.get(10).unwrap();
        assert_eq!(master.arguments, [b"nginx: master process".to_vec()]);
        let worker = all.children(10).next().unwrap();
        assert_eq!((worker.stat.pid, worker.uid), (11, Some(33)));
        assert_eq!(worker.arguments, [&b"a"[..], b"", b"b"]);
        assert!(all.descends(11, 10) && !all.descends(10, 11));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, part: Vec<u8>) {
            let _ = parse(&bytes);
            let mut whole = bundle();
            bundle::push(&mut whole, "10/cmdline", &part);
            proptest::prop_assert!(parse(&whole).get(10).is_some());
        }
    }
}
