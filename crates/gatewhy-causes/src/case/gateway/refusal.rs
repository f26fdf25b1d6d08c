//! How other proxies than nginx say that they do not take a configuration up.
use crate::case::Case;
use crate::case::gateway::proxy_unit::Emergency;
use crate::case::programs::kind::Kind;
use crate::case::service::units::journal_source;
use gatewhy_facts::fact::Source;
use gatewhy_facts::log_line::json::Object;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::systemd::journal::Entry;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown;

/// The refusal that a line of the journal tells, if it does.
pub(in crate::case) fn emergency(line: &[u8], at: Moment, source: Source) -> Option<Emergency> {
    let text = shown(line).to_string();
    let told = of_apache(&text)
        .or_else(|| of_haproxy(&text))
        .or_else(|| of_caddy(&text))
        .or_else(|| of_lighttpd(&text))
        .or_else(|| of_traefik(line))
        .or_else(|| of_envoy(&text))?;
    Some(Emergency {
        symptom: told.symptom,
        message: told.message,
        names: told.names,
        place: told.place,
        at,
        latest: at,
        source,
    })
}

impl Case<'_> {
    /// Traefik and Envoy read one file, and say of it only a line or a field.
    pub(in crate::case) fn placed(&self, told: Emergency) -> Emergency {
        let one_file = matches!(self.proxy_kind(), Kind::Traefik | Kind::Envoy);
        if !one_file || told.place.is_some() || told.symptom != Symptom::StartConfigInvalid {
            return told;
        }
        let file = self.config_path();
        let lines = self.lines_of(&file);
        let line = lines.and_then(|lines| line_meant(&told.message, &lines));
        Emergency {
            place: line.map(|line| (file, line)),
            ..told
        }
    }
}

/// `yaml: line 3: …`, `… error at line 3, column 2: …`; else the first line with the
/// field that is named: `field not found, node: NAME`, `no such field: 'NAME'`.
fn line_meant(message: &str, lines: &[String]) -> Option<u32> {
    if let Some((_, rest)) = message.split_once("line ") {
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        return rest.get(..end)?.parse().ok();
    }
    let (_, rest) = message
        .split_once("node: ")
        .or_else(|| message.split_once("no such field:"))?;
    let name = rest.trim_start_matches([' ', '\'']);
    let end = name
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(name.len());
    let name = name.get(..end).filter(|name| !name.is_empty())?;
    let at = lines.iter().position(|line| line.contains(name))?;
    u32::try_from(at.checked_add(1)?).ok()
}

struct Told {
    symptom: Symptom,
    message: String,
    names: Option<String>,
    place: Option<(HostPath, u32)>,
}

/// `AH00526: Syntax error on line 12 of /etc/apache2/…:` with the reason behind it or
/// on the next line; `(98)Address already in use: AH00072: make_sock: could not bind
/// to address [::]:80`.
fn of_apache(text: &str) -> Option<Told> {
    if let Some((_, rest)) = text.split_once("AH00526: Syntax error on line ") {
        let (line, rest) = rest.split_once(" of ")?;
        let (file, reason) = rest.split_once(':')?;
        return Some(Told {
            symptom: Symptom::StartConfigInvalid,
            message: format!("syntax error {}", reason.trim())
                .trim_end()
                .to_owned(),
            names: None,
            place: Some((HostPath::new(file), line.parse().ok()?)),
        });
    }
    let (before, rest) = text.split_once("AH00072: make_sock: could not bind to address ")?;
    let symptom = match () {
        () if before.contains("(98)") => Symptom::StartAddressInUse,
        () if before.contains("(13)") => Symptom::StartBindDenied,
        () => Symptom::StartAddressAbsent,
    };
    Some(Told {
        symptom,
        message: text.to_owned(),
        names: Some(rest.trim().to_owned()),
        place: None,
    })
}

/// `[ALERT] (7) : config : parsing [/etc/haproxy/haproxy.cfg:23] : unknown keyword …`;
/// `[ALERT] (7) : Binding [/etc/haproxy/haproxy.cfg:5] for frontend web: cannot bind
/// socket (Address already in use) for [0.0.0.0:80]`.
fn of_haproxy(text: &str) -> Option<Told> {
    let (_, rest) = text.split_once("[ALERT]")?;
    let (_, rest) = rest.split_once(" : ")?;
    let place = |text: &str| {
        let (_, rest) = text.split_once('[')?;
        let (inside, rest) = rest.split_once(']')?;
        let (file, line) = inside.rsplit_once(':')?;
        let line = line.parse().ok()?;
        Some(((HostPath::new(file), line), rest.to_owned()))
    };
    let taken = rest.contains("Address already in use");
    let is_config =
        rest.contains("parsing [") || rest.contains("Binding [") || rest.contains("config :");
    if !is_config {
        return None;
    }
    let (at, message) = match place(rest) {
        Some((at, rest)) => (Some(at), rest),
        None => (None, rest.to_owned()),
    };
    if at.is_none() && !taken {
        return None;
    }
    let address = rest
        .rsplit_once("for [")
        .and_then(|(_, tail)| tail.split_once(']'));
    Some(Told {
        symptom: if taken {
            Symptom::StartAddressInUse
        } else {
            Symptom::StartConfigInvalid
        },
        names: address
            .filter(|_| taken)
            .map(|(address, _)| address.to_owned()),
        message: message.trim_start_matches([' ', ':']).to_owned(),
        place: at,
    })
}

/// `Error: adapting config using caddyfile: /etc/caddy/Caddyfile:2: unrecognized
/// directive: x`, `… Caddyfile:2 - Syntax error: …`; `Error: loading initial config: …
/// listening on :80: listen tcp :80: bind: address already in use`.
fn of_caddy(text: &str) -> Option<Told> {
    let rest = text.strip_prefix("Error: ")?;
    let listens = rest
        .split_once("listening on ")
        .and_then(|(_, rest)| rest.split_once(": listen"));
    if let Some((address, why)) = listens {
        let symptom = match () {
            () if why.contains("address already in use") => Symptom::StartAddressInUse,
            () if why.contains("permission denied") => Symptom::StartBindDenied,
            () => Symptom::StartAddressAbsent,
        };
        return Some(Told {
            symptom,
            message: rest.to_owned(),
            names: Some(address.to_owned()),
            place: None,
        });
    }
    let is_config = [
        "adapting config",
        "loading initial config",
        "loading new config",
    ]
    .iter()
    .any(|words| rest.starts_with(words));
    if !is_config {
        return None;
    }
    let (place, message) = match file_and_line(rest) {
        Some((place, message)) => (Some(place), message),
        None => (None, rest.to_owned()),
    };
    Some(Told {
        symptom: Symptom::StartConfigInvalid,
        message,
        names: None,
        place,
    })
}

/// `… /FILE:LINE` and the message behind it.
fn file_and_line(text: &str) -> Option<((HostPath, u32), String)> {
    let start = text.find(" /")?.checked_add(1)?;
    let (file, rest) = text.get(start..)?.split_once(':')?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (line, message) = rest.split_at_checked(end)?;
    let message = message.trim_start_matches([' ', ':', '-']).to_owned();
    Some(((HostPath::new(file), line.parse().ok()?), message))
}

/// `… (configfile.c.2164) source: /etc/lighttpd/lighttpd.conf line: 3 pos: 0 parser
/// failed somehow near here: (EOL)`; `… (network.c.611) bind() [::]:80: Address already
/// in use`.
fn of_lighttpd(text: &str) -> Option<Told> {
    let (_, rest) = text.split_once(": (")?;
    let (at, message) = rest.split_once(") ")?;
    if let Some(rest) = message.strip_prefix("source: ") {
        let (file, rest) = rest.split_once(" line: ")?;
        let (line, reason) = rest.split_once(' ')?;
        return Some(Told {
            symptom: Symptom::StartConfigInvalid,
            message: reason.to_owned(),
            names: None,
            place: Some((HostPath::new(file), line.parse().ok()?)),
        });
    }
    if at.starts_with("network.c") && message.contains("bind()") {
        let symptom = match () {
            () if message.contains("in use") => Symptom::StartAddressInUse,
            () if message.contains("ermission denied") => Symptom::StartBindDenied,
            () => Symptom::StartAddressAbsent,
        };
        let address = message.split(' ').find(|word| word.contains(':'));
        return Some(Told {
            symptom,
            message: message.to_owned(),
            names: address.map(|word| word.trim_end_matches(':').to_owned()),
            place: None,
        });
    }
    let refused =
        at.starts_with("configfile") || at.starts_with("mod_") || at.starts_with("plugin");
    refused.then(|| Told {
        symptom: Symptom::StartConfigInvalid,
        message: message.to_owned(),
        names: None,
        place: None,
    })
}

/// `{"level":"error","error":"command traefik error: field not found, node: adress",
/// …,"message":"Command error"}`, its last words.
fn of_traefik(line: &[u8]) -> Option<Told> {
    let fields = Object::parse(line)?;
    fields
        .get("message")
        .filter(|message| *message == b"Command error")?;
    let text = shown(fields.get("error")?).to_string();
    let why = text
        .strip_prefix("command traefik error: ")
        .unwrap_or(&text);
    let (symptom, names) = match why.split_once("listen tcp ") {
        Some((_, rest)) if rest.contains("address already in use") => {
            (Symptom::StartAddressInUse, rest.split_once(": "))
        }
        Some((_, rest)) if rest.contains("permission denied") => {
            (Symptom::StartBindDenied, rest.split_once(": "))
        }
        Some((_, rest)) => (Symptom::StartAddressAbsent, rest.split_once(": ")),
        None => (Symptom::StartConfigInvalid, None),
    };
    Some(Told {
        symptom,
        message: why.to_owned(),
        names: names.map(|(address, _)| address.to_owned()),
        place: None,
    })
}

/// `[…][critical][main] […] error `MESSAGE` initializing config …`
fn of_envoy(text: &str) -> Option<Told> {
    let (_, rest) = text.split_once("[critical]")?;
    let (_, rest) = rest.split_once("error `")?;
    let (message, _) = rest.split_once("` initializing config")?;
    let bound = message
        .split_once("cannot bind '")
        .and_then(|(_, rest)| rest.split_once('\''));
    let symptom = match bound {
        None => Symptom::StartConfigInvalid,
        Some((_, why)) if why.contains("in use") => Symptom::StartAddressInUse,
        Some((_, why)) if why.contains("ermission denied") => Symptom::StartBindDenied,
        Some(_) => Symptom::StartAddressAbsent,
    };
    // Its parser tells the path through the file, and then the reason.
    let message = message.strip_prefix("Protobuf message ").unwrap_or(message);
    Some(Told {
        symptom,
        // The library varies its blanks on purpose.
        message: message.split_whitespace().collect::<Vec<&str>>().join(" "),
        names: bound.map(|(address, _)| address.to_owned()),
        place: None,
    })
}

/// Varnish's compiler writes many lines: a mark, what is wrong, and then
/// `('/etc/varnish/default.vcl' Line 4 Pos 6)`. A socket that cannot be had is one line.
pub(in crate::case) fn of_varnish(entries: &[&Entry], unit: &str) -> Vec<Emergency> {
    let mut all = Vec::new();
    let mut said: Option<Vec<String>> = None;
    for entry in entries {
        let text = entry.message.as_deref().map(|line| shown(line).to_string());
        let text = text.unwrap_or_default();
        let place = vcl_place(&text);
        let told = match (&mut said, place) {
            _ if text.starts_with("Message from VCC-compiler") => {
                said = Some(Vec::new());
                None
            }
            (Some(words), Some(place)) => {
                let message = words.join(" ");
                let message = message.trim_end_matches("at").trim().to_owned();
                said = None;
                Some((Symptom::StartConfigInvalid, message, None, Some(place)))
            }
            (Some(words), None) if words.len() < 6 => {
                words.push(text);
                None
            }
            _ => taken_socket(&text).map(|(symptom, names)| (symptom, text, names, None)),
        };
        all.extend(told.map(|(symptom, message, names, place)| Emergency {
            symptom,
            message,
            names,
            place,
            at: entry.at,
            latest: entry.at,
            source: journal_source(unit, entry),
        }));
    }
    all
}

/// `('FILE' Line 4 Pos 6)`
fn vcl_place(text: &str) -> Option<(HostPath, u32)> {
    let (file, rest) = text.strip_prefix("('")?.split_once("' Line ")?;
    let (line, _) = rest.split_once(' ')?;
    Some((HostPath::new(file), line.parse().ok()?))
}

/// `Error: Could not get socket :80: Address already in use`
fn taken_socket(text: &str) -> Option<(Symptom, Option<String>)> {
    let (_, rest) = text.split_once("Could not get socket ")?;
    let (address, why) = rest.rsplit_once(": ")?;
    let symptom = match why {
        "Address already in use" => Symptom::StartAddressInUse,
        "Permission denied" => Symptom::StartBindDenied,
        _ => Symptom::StartAddressAbsent,
    };
    Some((symptom, Some(address.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caddy_names_file_and_line() {
        let told = of_caddy("Error: adapting config using caddyfile: /etc/caddy/Caddyfile:2: unrecognized directive: reverse_prox").unwrap();
        assert_eq!(told.place, Some((HostPath::new("/etc/caddy/Caddyfile"), 2)));
        assert_eq!(told.message, "unrecognized directive: reverse_prox");
        let told = of_caddy("Error: adapting config using caddyfile: /etc/caddy/Caddyfile:3 - Syntax error: Unexpected token 'x', expecting '}'").unwrap();
        assert_eq!(told.place, Some((HostPath::new("/etc/caddy/Caddyfile"), 3)));
        let told = of_caddy("Error: loading initial config: loading new config: http app module: start: listening on :80: listen tcp :80: bind: address already in use").unwrap();
        assert_eq!(told.symptom, Symptom::StartAddressInUse);
        assert_eq!(told.names.as_deref(), Some(":80"));
    }

    #[test]
    fn varnish_names_file_and_line() {
        let place = vcl_place("('/etc/varnish/default.vcl' Line 4 Pos 6)");
        assert_eq!(place, Some((HostPath::new("/etc/varnish/default.vcl"), 4)));
        assert_eq!(vcl_place("('x' Line y"), None);
        let taken = taken_socket("Error: Could not get socket :80: Address already in use");
        assert_eq!(
            taken,
            Some((Symptom::StartAddressInUse, Some(":80".into())))
        );
    }

    #[test]
    fn traefik_says_why_it_gives_up() {
        let told = of_traefik(br#"{"level":"error","error":"command traefik error: field not found, node: adress","time":"2026-11-21T19:36:03Z","message":"Command error"}"#).unwrap();
        assert_eq!(told.symptom, Symptom::StartConfigInvalid);
        assert_eq!(told.message, "field not found, node: adress");
        assert!(of_traefik(br#"{"level":"error","message":"x"}"#).is_none());
    }

    #[test]
    fn a_file_without_a_name_has_its_line_by_number_or_field() {
        let lines = ["web:".to_owned(), "  adress: x".to_owned()];
        let meant = |message| line_meant(message, &lines);
        assert_eq!(meant("field not found, node: adress"), Some(2));
        assert_eq!(meant("near 1:2: no such field:  'adress') has"), Some(2));
        assert_eq!(meant("yaml: line 7: did not find"), Some(7));
        assert_eq!(meant("something else"), None);
    }

    #[test]
    fn envoy_says_why_it_gives_up() {
        let told = of_envoy("[2026-11-21 19:46:48.542][183][critical][main] [source/server/server.cc:449] error `Protobuf message (type envoy.config.bootstrap.v3.Bootstrap reason INVALID_ARGUMENT:  no  such field:  'connect_timout') has unknown fields` initializing config 'goo.gle/debugproto").unwrap();
        assert_eq!(told.symptom, Symptom::StartConfigInvalid);
        assert!(
            told.message
                .ends_with("no such field: 'connect_timout') has unknown fields")
        );
        let told = of_envoy("[1][critical][main] [x] error `cannot bind '0.0.0.0:80': Address already in use` initializing config ''").unwrap();
        assert_eq!(told.symptom, Symptom::StartAddressInUse);
        assert_eq!(told.names.as_deref(), Some("0.0.0.0:80"));
    }

    #[test]
    fn both_programs_name_file_and_line() {
        let told =
            of_apache("AH00526: Syntax error on line 7 of /etc/apache2/sites-enabled/a.conf:")
                .unwrap();
        assert_eq!(
            told.place,
            Some((HostPath::new("/etc/apache2/sites-enabled/a.conf"), 7))
        );
        let told = of_haproxy("[ALERT]    (391) : config : parsing [/etc/haproxy/haproxy.cfg:23] : unknown keyword 'servr' in 'backend' section").unwrap();
        assert_eq!(
            told.place,
            Some((HostPath::new("/etc/haproxy/haproxy.cfg"), 23))
        );
        assert!(told.message.starts_with("unknown keyword"));
        let told = of_haproxy("[ALERT]    (391) : Binding [/etc/haproxy/haproxy.cfg:5] for frontend web: cannot bind socket (Address already in use) for [0.0.0.0:80]").unwrap();
        assert_eq!(told.symptom, Symptom::StartAddressInUse);
        assert_eq!(told.names.as_deref(), Some("0.0.0.0:80"));
        assert!(of_haproxy("[NOTICE] (1) : haproxy version is 2.6.12").is_none());
    }
}
