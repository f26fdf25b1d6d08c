//! Names of units, and the specifiers that stand for their parts (`%i`, `%n` …).
use crate::prelude::*;

/// A unit's name in its parts: `shop@3.service`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitName {
    /// The whole name.
    pub full: String,
    /// Before `@`, or before the suffix: `shop`.
    pub prefix: String,
    /// Between `@` and the suffix: `3`; empty for the template itself.
    pub instance: Option<String>,
    /// `service`, `socket` …
    pub suffix: String,
}

/// A text whose specifiers were replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The text.
    pub text: String,
    /// Specifiers that stand for something that the name alone does not tell (`%m`,
    /// the machine's id); they are still in the text.
    pub unknown: Vec<char>,
}

impl UnitName {
    /// Takes a name apart.
    pub fn new(full: &str) -> Self {
        let (stem, suffix) = full.rsplit_once('.').unwrap_or((full, ""));
        let (prefix, instance) = match stem.split_once('@') {
            Some((prefix, instance)) => (prefix, Some(instance)),
            None => (stem, None),
        };
        Self {
            full: full.to_owned(),
            prefix: prefix.to_owned(),
            instance: instance.map(str::to_owned),
            suffix: suffix.to_owned(),
        }
    }

    /// The name of the file that defines it: of its template for an instance.
    pub fn template(&self) -> Option<String> {
        let instance = self.instance.as_ref()?;
        let is_instance = !instance.is_empty();
        is_instance.then(|| format!("{}@.{}", self.prefix, self.suffix))
    }

    /// The text with every specifier replaced that a system unit's name decides.
    pub fn expand(&self, text: &str) -> Expanded {
        let mut expanded = Expanded::default();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('%') {
            expanded.text.push_str(before);
            let mut chars = behind.chars();
            let specifier = chars.next();
            if let Some(value) = specifier.and_then(|c| self.value(c)) {
                expanded.text.push_str(&value);
            } else {
                expanded.text.push('%');
                expanded.text.extend(specifier);
                // `% ` and the like are no specifiers and stay as they are.
                let is_known = specifier.filter(char::is_ascii_alphabetic);
                expanded.unknown.extend(is_known);
            }
            rest = chars.as_str();
        }
        expanded.text.push_str(rest);
        expanded
    }

    /// What a specifier stands for in a unit of the system (systemd.unit(5)).
    fn value(&self, specifier: char) -> Option<Cow<'_, str>> {
        let instance = self.instance.as_deref().unwrap_or_default();
        let stem = self.full.rsplit_once('.').map_or(&*self.full, |(s, _)| s);
        let last = |text: &str| text.rsplit('-').next().unwrap_or_default().to_owned();
        Some(match specifier {
            '%' => "%".into(),
            'n' => self.full.as_str().into(),
            'N' => stem.into(),
            'p' => self.prefix.as_str().into(),
            'P' => unescape(&self.prefix).into(),
            'i' => instance.into(),
            'I' => unescape(instance).into(),
            'j' => last(&self.prefix).into(),
            'J' => unescape(&last(&self.prefix)).into(),
            'f' => {
                let named = Some(instance).filter(|text| !text.is_empty());
                let path = unescape(named.unwrap_or(&self.prefix));
                format!("/{}", path.trim_start_matches('/')).into()
            }
            't' => "/run".into(),
            'S' => "/var/lib".into(),
            'C' => "/var/cache".into(),
            'L' => "/var/log".into(),
            'E' => "/etc".into(),
            'T' => "/tmp".into(),
            'V' => "/var/tmp".into(),
            'h' => "/root".into(),
            'u' | 'g' => "root".into(),
            'U' | 'G' => "0".into(),
            _ => return None,
        })
    }
}

/// Undoes `systemd-escape`: `-` stands for `/`, `\x2d` for a byte.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(byte) = escaped_byte(rest) {
            bytes.push(byte);
            rest = rest.get(4..).unwrap_or_default();
            continue;
        }
        let mut buffer = [0; 4];
        let c_or_slash = if c == '-' { '/' } else { c };
        bytes.extend_from_slice(c_or_slash.encode_utf8(&mut buffer).as_bytes());
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn escaped_byte(text: &str) -> Option<u8> {
    let digits = text.strip_prefix("\\x")?.get(..2)?;
    let are_digits = digits.chars().all(|c| c.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| are_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_as_systemd_itself_replaced_them() {
        // Recorded from `systemctl show` of that unit.
        let name = UnitName::new("quoting@one-two.service");
        let text = "%n:%N:%p:%i:%%:%t:%h:%u";
        let said = "quoting@one-two.service:quoting@one-two:quoting:one-two:%:/run:/root:root";
        assert_eq!(name.expand(text).text, said);
        assert_eq!(name.template().as_deref(), Some("quoting@.service"));
    }

    #[test]
    fn escaped_instances_and_unknown_specifiers() {
        let name = UnitName::new(r"mount@srv-my\x2dshop.service");
        let expanded = name.expand("%I %f %m 100% done %");
        assert_eq!(expanded.text, "srv/my-shop /srv/my-shop %m 100% done %");
        assert_eq!(expanded.unknown, ['m']);
        let plain = UnitName::new("nginx.service");
        assert_eq!(plain.instance, None);
        assert_eq!(plain.template(), None);
        assert_eq!(plain.expand("%p-%i").text, "nginx-");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(name: String, text: String) {
            let _ = UnitName::new(&name).expand(&text);
            let _ = UnitName::new(&name).expand("%I %f %J %P");
            let _ = unescape(&text);
        }
    }
}
