//! Refusals by SELinux and AppArmor, in the audit system's words.
use super::field;
use super::oom::{before, split_first};
use crate::prelude::*;

/// Something that a security module refused to a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Which module.
    pub module: SecurityModule,
    /// What was attempted: SELinux's permission (`name_connect`), AppArmor's
    /// operation (`connect`).
    pub operation: Vec<u8>,
    /// The process.
    pub pid: Option<u32>,
    /// Its name.
    pub comm: Option<Vec<u8>>,
    /// Who was refused: SELinux's source context, AppArmor's profile.
    pub subject: Option<Vec<u8>>,
    /// To what: a path or name, if one is told.
    pub object: Option<Vec<u8>>,
    /// To which port, for SELinux's `name_connect`.
    pub port: Option<u16>,
    /// Whether it was only logged (permissive mode).
    pub permissive: bool,
}

/// A security module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityModule {
    /// SELinux.
    SeLinux,
    /// AppArmor.
    AppArmor,
}

/// Reads one record of the kernel's log (`type=1400 audit(…): …`) or of
/// `audit.log` (`type=AVC msg=audit(…): …`).
pub fn read(text: &[u8]) -> Option<Denial> {
    let (head, body) = split_first(text, b"): ")?;
    if !head.starts_with(b"type=") {
        return None;
    }
    let fields = fields(body);
    let get = |name: &str| fields.get(name).cloned();
    let (module, operation) = match split_first(body, b"denied  { ") {
        Some((front, rest)) if field::trim(front) == b"avc:" => {
            (SecurityModule::SeLinux, before(rest, b" }")?.to_vec())
        }
        _ if fields.get("apparmor").is_some_and(|v| v == b"DENIED") => {
            (SecurityModule::AppArmor, get("operation")?)
        }
        _ => return None,
    };
    Some(Denial {
        module,
        operation,
        pid: get("pid").and_then(|pid| field::number(&pid)),
        comm: get("comm"),
        subject: get("scontext").or_else(|| get("profile")),
        object: get("path").or_else(|| get("name")),
        port: get("dest").and_then(|port| field::number(&port)),
        permissive: get("permissive").is_some_and(|v| v == b"1"),
    })
}

/// `NAME=WORD` and `NAME="TEXT"`. Text that a stranger chose is written in
/// hexadecimal when it holds a quote or a space, so it cannot forge a field.
fn fields(body: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut rest = body;
    while let Some((name, behind)) = field::split_once(rest, b'=') {
        let name = name.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
        let (value, behind) = match behind.strip_prefix(b"\"") {
            Some(quoted) => field::split_once(quoted, b'"').unwrap_or((quoted, b"")),
            None => field::split_once(behind, b' ').unwrap_or((behind, b"")),
        };
        all.entry(field::text(name))
            .or_insert_with(|| value.to_vec());
        rest = behind;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selinux_names_the_port_and_apparmor_the_path() {
        // The words of both are those that the kernel's own format strings give.
        let line = b"type=1400 audit(1795165200.123:456): avc:  denied  { name_connect } for  pid=812 comm=\"nginx\" dest=3000 scontext=system_u:system_r:httpd_t:s0 tcontext=system_u:object_r:ntop_port_t:s0 tclass=tcp_socket permissive=0";
        let denial = read(line).unwrap();
        assert_eq!(
            (denial.module, denial.port),
            (SecurityModule::SeLinux, Some(3000))
        );
        assert_eq!(denial.subject.unwrap(), b"system_u:system_r:httpd_t:s0");
        let line = b"type=1400 audit(1795165200.123:457): apparmor=\"DENIED\" operation=\"connect\" profile=\"/usr/sbin/nginx\" name=\"/run/app.sock\" pid=812 comm=\"nginx\" requested_mask=\"wr\" denied_mask=\"wr\" fsuid=33 ouid=0";
        let denial = read(line).unwrap();
        assert_eq!(
            (denial.module, denial.pid),
            (SecurityModule::AppArmor, Some(812))
        );
        assert_eq!(denial.object.unwrap(), b"/run/app.sock");
        assert!(!denial.permissive);
    }

    #[test]
    fn what_was_granted_or_only_audited_is_no_denial() {
        assert_eq!(
            read(b"type=1400 audit(1.1:1): apparmor=\"ALLOWED\" operation=\"open\""),
            None
        );
        assert_eq!(
            read(b"type=1300 audit(1.1:1): arch=c000003e syscall=42"),
            None
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = (read(&bytes), fields(&bytes));
            let whole = [b"type=1400 audit(1.1:1): apparmor=\"DENIED\" ".as_slice(), &bytes].concat();
            let _ = read(&whole);
        }
    }
}
