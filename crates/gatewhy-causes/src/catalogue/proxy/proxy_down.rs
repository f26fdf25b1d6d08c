//! The proxy is not running, or not listening where the URL leads.
use crate::case::gateway::misconfigured::{Kind, Misconfigured};
use crate::case::service::units::is_enabled;
use crate::case::visit::front::{Front, Why};
use crate::prelude::*;
use core::net::SocketAddr;
use gatewhy_facts::systemd::show::Unit;

cause! {
    /// The proxy is not running, or not listening where the URL leads.
    ///
    /// ## How it looks
    ///
    /// No status at all: the connection is refused.
    ///
    /// ## Why it happens
    ///
    /// nginx was stopped, crashed or could not start; or the URL's port is in no `listen`.
    ///
    /// ## How to be sure
    ///
    /// No process listens on the port; nginx's unit is not active.
    ///
    /// ## How to fix it
    ///
    /// Start it: `systemctl start nginx`. If it does not start, its journal names file and
    /// line.
    ///
    /// ## What looks the same
    ///
    /// `proxy-config-invalid`: why it does not start. A firewall before the port.
    id: "proxy-down",
    explains: [],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    match case.front() {
        Fact::Absent(_) => Vec::new(),
        Fact::Unknown(gap) => vec![Verdict::cannot_tell([&gap])],
        Fact::Found(front, _) => vec![verdict(case, front)],
    }
}

fn verdict(case: &Case<'_>, front: &Front) -> Verdict {
    let state = front.unit.as_ref().filter(|_| !front.runs());
    let finding = Finding::new(HopName::Proxy, front.name(), summary(case, front))
        .because_all(state.map(|unit| case.unit_state(unit)))
        .because_all(front.nobody_listens())
        .because_all(words(case, front))
        .because_all(front.visitor_saw(case));
    let finding = match fix(case, front) {
        Some(fix) => finding.fix(fix),
        None => finding,
    };
    let most = match front.why {
        // Something else may be meant to serve this port.
        Why::NoProxy | Why::Taken(_) => Strength::Strong,
        _ => front.most(),
    };
    finding.at_most(most).weigh()
}

/// What nginx said, where no other cause tells it.
fn words(case: &Case<'_>, front: &Front) -> Option<Evidence> {
    let fault = front.fault.as_ref()?;
    let mine = fault.is_taken_address() || fault.may_be_mended();
    fault.words(case).filter(|_| mine)
}

fn summary(case: &Case<'_>, front: &Front) -> String {
    let proxy = case.proxy_name();
    let (name, door) = (front.name(), &front.door);
    let ago = case.ago_if(front.at);
    match &front.why {
        Why::NoProxy => format!("nobody listens on {door}, and no proxy is set up on this host"),
        Why::Stopped => format!("{name} was stopped{ago}: nobody listens on {door}"),
        Why::NeverStarted => format!("{name} was not started since the machine booted"),
        Why::Ended => format!("{name} ended by itself{ago}, and nobody started it again"),
        Why::Exited => format!("{name} ended by itself{ago}{}", reason(case, front)),
        Why::StartFailed => format!("{name} could not start{ago}{}", reason(case, front)),
        Why::Died(signal) => {
            format!("{name} died with signal {signal}{ago}, and was not started again")
        }
        Why::Changing => format!("{name} is being started or stopped just now"),
        Why::NoListen(ports) => format!(
            "{proxy} runs, and no listen directive names port {}{}",
            case.request.port,
            instead(ports)
        ),
        Why::OtherAddress(own) => {
            let own: Vec<String> = own.iter().map(ToString::to_string).collect();
            format!(
                "nobody listens on {door}: {proxy} listens on {} only",
                own.join(", ")
            )
        }
        Why::NotLoaded(_) => format!(
            "{proxy} runs, and does not listen on port {}",
            case.request.port
        ),
        Why::Taken(program) => format!(
            "{name} could not start, since {program} has its port; {program} answers in its place"
        ),
    }
}

fn instead(ports: &[u16]) -> String {
    let named: Vec<String> = ports.iter().map(ToString::to_string).collect();
    if named.is_empty() {
        String::new()
    } else {
        format!("; it listens on {}", named.join(", "))
    }
}

/// Why it could not start, unless another cause tells it.
fn reason(case: &Case<'_>, front: &Front) -> String {
    let Some(fault) = &front.fault else {
        let exit = front.unit.as_ref().and_then(Unit::exit_in_words);
        return exit.map_or_else(String::new, |exit| format!(": {exit}"));
    };
    match &fault.kind {
        Kind::AddressInUse(_) if left_over(case, front).is_some() => {
            let path = left_over(case, front).unwrap_or_default();
            format!(": the socket file {path} is left over from before, and nobody listens on it")
        }
        Kind::AddressInUse(address) => format!(": another program listens on {address}"),
        Kind::Invalid | Kind::Module(_) if fault.may_be_mended() => {
            ", and its files were changed since".to_owned()
        }
        Kind::Invalid | Kind::Module(_) => String::new(),
    }
}

/// None where a deeper cause has the fix.
fn fix(case: &Case<'_>, front: &Front) -> Option<Fix> {
    let name = front.name();
    let fix = match &front.why {
        Why::NotLoaded(_) | Why::Died(_) => return None,
        Why::Stopped | Why::NeverStarted | Why::Ended => start(case, front),
        Why::Exited => again(case, name).run(
            format!("journalctl -u {name} -n 50 --no-pager"),
            "its last words",
        ),
        Why::StartFailed
            if front
                .fault
                .as_ref()
                .is_none_or(Misconfigured::may_be_mended) =>
        {
            again(case, name)
        }
        Why::StartFailed if front.fault.as_ref().is_some_and(|f| !f.is_taken_address()) => {
            return None;
        }
        Why::StartFailed | Why::Taken(_) => match left_over(case, front) {
            Some(path) => clear_away(name, path),
            None => make_room(case, front),
        },
        Why::Changing => Fix::new("wait some seconds and ask again")
            .run(format!("systemctl status {name}"), "what it is doing"),
        Why::NoListen(_) => listen(case),
        Why::OtherAddress(own) => listen_there(case, front, own),
        Why::NoProxy => Fix::new("start the server that should answer there")
            .run("ss -ltnp", "who listens where on this host")
            .run("systemctl list-units --failed", "services that failed"),
    };
    Some(case.verified(fix))
}

fn start(case: &Case<'_>, front: &Front) -> Fix {
    let name = front.name();
    let fix = Fix::new(format!("systemctl start {name}"));
    let fix = match &front.fault {
        None => fix.safe(),
        Some(fault) => fix.advise(format!("mend this first: {}", fault.text())),
    };
    let fix = fix
        .run(
            case.test_command(),
            "tests the configuration; go on only if it succeeds",
        )
        .run(format!("systemctl start {name}"), "starts the proxy");
    let enabled = front.unit.as_ref().is_some_and(is_enabled);
    let fix = if enabled {
        fix
    } else {
        fix.run(
            format!("systemctl enable {name}"),
            "starts it at every boot as well",
        )
    };
    let Some(at) = front.at.filter(|_| front.why == Why::Stopped) else {
        return fix;
    };
    let since = at
        .plus_secs(-60)
        .local(case.clock().map_or(0, |clock| clock.utc_offset_secs));
    fix.run(
        format!("journalctl --since '{since}' _COMM=sudo + _COMM=systemctl + _COMM=apt-get + _COMM=unattended-upgr"),
        "who stopped it",
    )
}

fn again(case: &Case<'_>, name: &str) -> Fix {
    case.start_proxy(name).advise(format!(
        "give {name} Restart=on-failure (systemctl edit {name}), so that it comes back by itself"
    ))
}

/// The socket file that keeps it from starting, and that nobody listens on: who dies by a
/// signal leaves it, and `bind` takes no path that exists.
fn left_over<'f>(case: &Case<'_>, front: &'f Front) -> Option<&'f str> {
    let Kind::AddressInUse(address) = &front.fault.as_ref()?.kind else {
        return None;
    };
    let path = address.strip_prefix("unix:").unwrap_or(address);
    let sockets = case.sockets().unix.found()?;
    let listens = sockets.iter().any(|s| s.listens_at(path.as_bytes()));
    (path.starts_with('/') && !listens).then_some(path)
}

fn clear_away(name: &str, path: &str) -> Fix {
    Fix::new(format!("remove {path}, then start {name}"))
        .run(
            "ss -lxp",
            format!("nobody listens on {path}: the file alone is there"),
        )
        .run(
            format!("rm {}", shell::word(path)),
            "makes room for the new socket",
        )
        .run(format!("systemctl start {name}"), "starts the proxy")
}

fn make_room(case: &Case<'_>, front: &Front) -> Fix {
    let (name, port) = (front.name(), case.request.port);
    let (who, often) = match &front.why {
        Why::Taken(program) => (program.as_str(), ""),
        _ => (
            "the program that has its port",
            " (often apache2 that a package brought along)",
        ),
    };
    Fix::new(format!("stop {who}, then start {name}"))
        .run(format!("ss -ltnp 'sport = :{port}'"), "who has the port")
        .advise(format!(
            "stop and disable that service{often}, or let one of them listen on another port"
        ))
        .run(format!("systemctl start {name}"), "starts the proxy")
}

/// The port is open, at another address.
fn listen_there(case: &Case<'_>, front: &Front, own: &[SocketAddr]) -> Fix {
    let proxy = case.proxy_name();
    let door = if own.iter().all(SocketAddr::is_ipv6) {
        "IPv4"
    } else {
        &front.door
    };
    let fix = Fix::new(format!("let {proxy} listen on {door} too"))
        .run(
            format!("ss -ltn '( sport = :{} )'", case.request.port),
            "the addresses that are listened on",
        )
        .advise("beside the line that listens now, add one for this address, or for all: listen 80; takes IPv4, listen [::]:80; takes IPv6 alone unless it says ipv6only=off (Apache: Listen 80; HAProxy: bind :80, bind :::80 v4v6)")
        .run(
            case.test_command(),
            "tests the configuration; go on only if it succeeds",
        );
    let reload = case.reload_command();
    let why = "a reload cannot bind all addresses of a port while one of them is open";
    if reload.contains(" reload ") {
        fix.run(reload.replace(" reload ", " restart "), why)
    } else {
        // It has no unit: whoever starts it has to stop and start it.
        fix.advise(format!("stop {proxy} and start it anew: {why}"))
    }
}

fn listen(case: &Case<'_>) -> Fix {
    let port = case.request.port;
    let line = if case.request.tls {
        format!("listen {port} ssl;")
    } else {
        format!("listen {port};")
    };
    let fix = Fix::new(format!(
        "add \"{line}\" to the server of {}",
        case.request.host
    ));
    let fix = fix.advise(format!(
        "add \"{line}\" to the server block of {}{}, or ask for the port that it listens on",
        case.request.host,
        if case.request.tls {
            ", with ssl_certificate and ssl_certificate_key"
        } else {
            ""
        }
    ));
    fix.run(
        case.test_command(),
        "tests the configuration; go on only if it succeeds",
    )
    .run(
        case.reload_command(),
        "takes it up without dropping a request",
    )
}
