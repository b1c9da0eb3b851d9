//! What went wrong, as an operator looks at it.

use crate::support::{Server, command, outcome};

#[test]
fn an_error_of_a_web_client_is_listed_resolved_and_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let report = || {
        let mut server = Server::start(&data);
        let body =
            r#"{"message":"TypeError: x is undefined","place":"/@$handle","version":"0.1.0"}"#;
        let path = "/api/sociosphere/v1/client-errors";
        let (status, _) = server.request("POST", path, "", "", body).expect("an answer");
        assert_eq!(status, 202);
        // What waits is written at the end.
        server.terminate();
        assert!(server.ended().success());
    };
    report();
    let list = command(&data, &["errors", "list"]);
    let [id, state, _, count, source, title, place] = list.split('\t').collect::<Vec<_>>()[..]
    else {
        panic!("{list}")
    };
    assert_eq!([state, count, source], ["open", "1×", "client"]);
    assert_eq!([title, place], ["TypeError: x is undefined", "/@$handle"]);
    assert!(command(&data, &["errors", "show", id]).contains("in 0.1.0"));
    assert_eq!(command(&data, &["errors", "resolve", id]), "resolved");
    assert_eq!(command(&data, &["errors", "list"]), "");
    assert!(command(&data, &["errors", "list", "--all"]).contains("resolved"));
    report();
    let list = command(&data, &["errors", "list"]);
    assert!(list.contains("\tback\t") && list.contains("\t2×\t"), "{list}");
    for wrong in ["7", "x"] {
        assert!(!outcome(&data, &["errors", "resolve", wrong]).status.success(), "{wrong}");
    }
}
