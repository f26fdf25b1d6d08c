use super::*;

fn record(mode: &str, uid: u32, gid: u32, kind: char, acl: &str, path: &str) -> Vec<u8> {
    format!("{mode} {uid} {gid} {kind} 8:1 42 {acl} {path}\0\n").into_bytes()
}

fn www() -> Credentials {
    Credentials {
        uid: 33,
        gid: 33,
        ..Credentials::default()
    }
}

fn socket(run_php: &str, sock: &str, gid: u32) -> Walk {
    let all = [
        record("755", 0, 0, 'd', "-", "/"),
        record("755", 0, 0, 'd', "-", "/run"),
        record(run_php, 0, 0, 'd', "-", "/run/php"),
        record(sock, 0, gid, 's', "-", "/run/php/fpm.sock"),
    ];
    parse(&all.concat())
}

#[test]
fn a_socket_without_write_for_the_group_refuses() {
    assert_eq!(
        socket("755", "660", 33).may(&www(), Access::Connect),
        Passage::Allowed
    );
    let walk = socket("755", "660", 1001);
    let Passage::Refused {
        element,
        lacks,
        class,
    } = walk.may(&www(), Access::Connect)
    else {
        panic!("must refuse")
    };
    assert_eq!(element.path, b"/run/php/fpm.sock");
    assert_eq!((lacks, class), ("w", Class::Other));
}

#[test]
fn the_first_folder_that_refuses_is_named() {
    let walk = socket("750", "666", 33);
    let Passage::Refused { element, lacks, .. } = walk.may(&www(), Access::Connect) else {
        panic!("must refuse")
    };
    assert_eq!((element.path.as_slice(), lacks), (&b"/run/php"[..], "x"));
    let root = Credentials {
        overrides: true,
        searches: true,
        ..Credentials::default()
    };
    assert_eq!(walk.may(&root, Access::Connect), Passage::Allowed);
}

#[test]
fn reading_capability_passes_folders_but_opens_no_socket() {
    let who = Credentials {
        searches: true,
        ..www()
    };
    let walk = socket("700", "600", 0);
    assert!(matches!(
        walk.may(&who, Access::Connect),
        Passage::Refused { element, .. } if element.kind == Kind::Socket
    ));
}

#[test]
fn the_owner_is_judged_by_the_owners_bits_alone() {
    let walk = parse(&record("077", 33, 0, 'f', "-", "/x"));
    assert!(matches!(
        walk.may(&www(), Access::Read),
        Passage::Refused {
            class: Class::Owner,
            lacks: "r",
            ..
        }
    ));
}

#[test]
fn missing_and_refused_ends_stay_apart() {
    let all = [
        record("755", 0, 0, 'd', "-", "/"),
        b"0 0 0 - 0:0 0 - /gone\0\n".to_vec(),
    ];
    let walk = parse(&all.concat());
    assert_eq!(walk.may(&www(), Access::Read), Passage::Missing(b"/gone"));
    let walk = parse(b"0 0 0 ? 0:0 0 - /secret\0Permission denied\0\n");
    assert_eq!(
        walk.may(&www(), Access::Read),
        Passage::Unknown("Permission denied")
    );
}

#[test]
fn an_access_list_counts_instead_of_the_group_bits() {
    // Real: `setfacl -m u:33:rw` on a 0600 socket of root.
    let list =
        "0200000001000600ffffffff020006002100000004000000ffffffff10000600ffffffff20000000ffffffff";
    let walk = parse(&record("660", 0, 0, 's', list, "/s"));
    assert_eq!(walk.may(&www(), Access::Connect), Passage::Allowed);
    let other = Credentials {
        uid: 34,
        gid: 0,
        ..Credentials::default()
    };
    // The mode shows rw for the group, but that is the mask: the group has nothing.
    assert!(matches!(
        walk.may(&other, Access::Connect),
        Passage::Refused {
            class: Class::Listed,
            ..
        }
    ));
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, list in "[0-9a-f]{0,100}") {
        let _ = parse(&bytes).may(&www(), Access::Read);
        let walk = parse(&record("644", 0, 33, 'f', &list, "/x y"));
        let _ = walk.may(&www(), Access::Change);
        proptest::prop_assert_eq!(&walk.elements[0].path, b"/x y");
    }
}

#[test]
fn the_time_of_a_change_is_told_where_the_answer_has_it() {
    let old = b"755 0 0 d 8:1 2 - /\0\n644 0 0 f 8:1 3 - /a b\0\n";
    assert_eq!(parse(old).changed(), None);
    assert_eq!(parse(old).reached().unwrap().path, b"/a b");
    let new =
        b"755 0 0 d 8:1 2 - 900 /\0\n777 0 0 l 8:1 3 - 70 /l\0a b\0\n644 0 0 f 8:1 4 - 60 /a b\0\n";
    let walk = parse(new);
    assert_eq!(walk.reached().unwrap().path, b"/a b");
    assert_eq!(walk.reached().unwrap().changed, Some(Moment(60)));
    assert_eq!(
        walk.changed(),
        Some(Moment(70)),
        "the link was turned later"
    );
    assert_eq!(
        parse(b"0 0 0 - 0:0 0 - 0 /gone\0\n").end,
        End::Missing(b"/gone".to_vec())
    );
}
