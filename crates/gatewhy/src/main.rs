//! gatewhy: a gateway answered 502, 503 or 504; why, and how to get back to 200.
use std::process::ExitCode;

fn main() -> ExitCode {
    gatewhy::main()
}
