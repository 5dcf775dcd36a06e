mod common;
use spinwright_sim::compare::*;
#[test]
fn probe() {
    let m = match std::env::var("M").as_deref() {
        Ok("odd") => common::odd(),
        Ok("replicas") => common::replicas(),
        Ok("lonely") => common::lonely(),
        Ok("narrow") => common::narrow(),
        _ => common::digits(),
    };
    let n: u64 = std::env::var("N").ok().and_then(|n| n.parse().ok()).unwrap_or(10000);
    let t = std::time::Instant::now();
    match verify(&m, None, n, 1, &VerifyOptions::default()) {
        Ok(r) => {
            eprintln!("{:#?}", r);
            if let Some(d) = &r.first_divergence {
                eprintln!("{d}");
            }
        }
        Err(e) => panic!("{e}"),
    }
    eprintln!("{:?}", t.elapsed());
}
