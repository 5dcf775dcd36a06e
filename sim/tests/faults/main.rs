//! The host against a simulated board on a line with faults: no wrong model ever active, no wrong answer ever accepted, every command
//! ends with a result or a clear error.
//!
//! A round loads a model into the banks that are not active, swaps, runs and reads, all of it on a bad line, and breaks off uploads
//! to take them up again in a new program. After every round the line is made good, and the board is asked what it holds: whatever
//! pair of banks is active and valid must sample one of the whole models that were loaded, the one that the host was told.

mod line;
mod subject;

use line::{Faults, HostEnd, Line};
use spinwright_reference::stream::SplitMix64;
use spinwright_sim::host::board::Board;
use spinwright_sim::host::{FramedPort, HostError, Registers};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use subject::{Answer, Layered, MODELS, SEEDS, Subject, Wired};

/// Faults on every machine, unless `SPINWRIGHT_FAULTS` says otherwise.
const FAULTS: u64 = 120;
/// A command that takes longer than so many character times hangs.
const LONGEST: u64 = 400_000;

type Host = Board<FramedPort<HostEnd>>;

/// What came of the commands.
#[derive(Debug, Default)]
struct Tally {
    rounds: u64,
    loads: u64,
    resumed: u64,
    restarted: u64,
    swaps: u64,
    answers: u64,
    errors: u64,
    /// Audits that found nothing valid (and loaded a model on the good line), that found a model.
    audits: [u64; 2],
}

struct Trial<S> {
    subject: S,
    line: Rc<RefCell<Line>>,
    dice: SplitMix64,
    programs: u32,
    /// Answers of the reference.
    known: HashMap<(usize, u64), Answer>,
    /// The whole model in every pair of banks, as far as the host was told.
    held: [Option<usize>; 2],
    /// The model that was last sent to every pair. A reset makes pair 0 active, which may then be filled in place: it can be whole and
    /// active though the answer that says so was lost.
    sent: [Option<usize>; 2],
    active: usize,
    tally: Tally,
}

impl<S: Subject> Trial<S> {
    fn new(subject: S, seed: u64) -> Self {
        let line = Rc::new(RefCell::new(Line::new(subject.device(), seed)));
        let known = (0..MODELS)
            .flat_map(|model| (0..SEEDS).map(move |seed| (model, seed)))
            .map(|(model, seed)| ((model, seed), subject.answer(model, seed)))
            .collect();
        Self {
            subject,
            line,
            dice: SplitMix64::new(seed ^ 77),
            programs: 0,
            known,
            held: [None; 2],
            sent: [None; 2],
            active: 0,
            tally: Tally::default(),
        }
    }

    fn below(&mut self, n: u64) -> u64 {
        self.dice.next_word() % n
    }

    /// A program that opens the port.
    fn program(&mut self) -> Host {
        self.programs += 1;
        let port =
            FramedPort::new(HostEnd(self.line.clone())).after_others(self.programs as u8).with_attempts(6);
        Board::new(port, self.programs << 8)
    }

    /// Does a command and sees that it ends, with a result or with a clear error.
    fn command<T>(
        &mut self,
        host: &mut Host,
        what: impl FnOnce(&S, &mut Host) -> Result<T, HostError>,
    ) -> Option<T> {
        let begun = self.line.borrow().now;
        let result = what(&self.subject, host);
        let took = self.line.borrow().now - begun;
        assert!(took < LONGEST, "it took {took} character times");
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let text = error.to_string();
                assert!(text.contains("help: ") && text.len() > 40, "this error helps nobody: {text}");
                self.tally.errors += 1;
                None
            }
        }
    }

    /// Loads both halves of a model into a pair of banks; sometimes the program ends on the way and another one goes on.
    fn load(&mut self, model: usize, pair: usize) -> bool {
        let uploads = self.subject.uploads(model);
        self.held[pair] = None;
        self.sent[pair] = Some(model);
        for upload in &uploads {
            if self.below(4) == 0 {
                let end = self.below(upload.words.len() as u64) as usize;
                let mut host = self.program();
                let broken = |s: &S, host: &mut Host| host.load(upload, pair as u32, s.hash(), |at| at < end);
                if self.command(&mut host, broken).is_some() {
                    // Only an upload that was there in whole already can end well.
                    self.tally.loads += 1;
                }
            }
            let mut host = self.program();
            let whole = |s: &S, host: &mut Host| host.load(upload, pair as u32, s.hash(), |_| true);
            let Some(loaded) = self.command(&mut host, whole) else { return false };
            self.tally.loads += 1;
            self.tally.resumed += u64::from(loaded.resumed_at > 0);
            self.tally.restarted += u64::from(loaded.restarts > 0);
        }
        self.held[pair] = Some(model);
        true
    }

    /// A run on the pair that is active; what is accepted must be the reference's.
    fn run(&mut self, model: usize) {
        let seed = self.below(SEEDS);
        let mut host = self.program();
        let answer = self.command(&mut host, |s, host| {
            let finished = host.run(&s.job(seed), || true)?;
            host.results(&finished, |registers| s.read(registers))
        });
        if let Some(answer) = answer {
            assert_eq!(
                answer,
                self.known[&(model, seed)],
                "a wrong answer was accepted: model {model}, seed {seed}"
            );
            self.tally.answers += 1;
        }
    }

    fn round(&mut self) {
        self.tally.rounds += 1;
        let model = self.below(MODELS as u64) as usize;
        let rates = [100, 250, 500, 1000, 1000, 2000, 4000];
        let rate = rates[self.below(rates.len() as u64) as usize];
        self.line.borrow_mut().set_rate(rate);
        let shadow = 1 - self.active;
        if self.load(model, shadow) {
            let mut host = self.program();
            let pair = (shadow as u32, shadow as u32);
            match self.command(&mut host, |_, host| host.swap(pair)) {
                Some(now) => {
                    assert!(now, "an idle machine swaps at once");
                    self.tally.swaps += 1;
                    self.active = shadow;
                    self.run(model);
                    if self.below(3) == 0 {
                        self.roll_back();
                    }
                }
                // It may have swapped, or not: the audit sees which.
                None => self.run_on_whatever_is_active(),
            }
        } else {
            self.run_on_whatever_is_active();
        }
        self.audit();
    }

    fn roll_back(&mut self) {
        let mut host = self.program();
        let before = 1 - self.active;
        if let Some((pair, now)) = self.command(&mut host, |_, host| host.roll_back()) {
            // A reset on the way made (0, 0) the pair before; an invalid one is refused.
            assert!(now);
            self.active = pair.0 as usize;
            if let (true, Some(model)) = (self.active == before, self.held[self.active]) {
                self.run(model);
            }
        }
    }

    /// The model that a valid pair must hold.
    fn in_pair(&self, pair: usize) -> usize {
        self.held[pair].or(self.sent[pair]).expect("only what was loaded can be active")
    }

    /// After an error nobody knows which pair is active; the board says so, and an accepted answer is that pair's.
    fn run_on_whatever_is_active(&mut self) {
        let seed = self.below(SEEDS);
        let mut host = self.program();
        let answer = self.command(&mut host, |s, host| {
            let finished = host.run(&s.job(seed), || true)?;
            Ok((finished.active, host.results(&finished, |registers| s.read(registers))?))
        });
        if let Some((active, answer)) = answer {
            let model = self.in_pair(active.0 as usize);
            assert_eq!(answer, self.known[&(model, seed)], "a wrong answer was accepted");
            self.tally.answers += 1;
        }
    }

    /// On a good line: what is active is a whole model, and the one that the host was told.
    fn audit(&mut self) {
        self.line.borrow_mut().set_rate(0);
        let mut host = self.program();
        let seen = host.overview().unwrap_or_else(|e| panic!("{e}"));
        let (active, bias) = seen.banks.active;
        assert_eq!(active, bias, "half a swap");
        let valid = (seen.banks.coupling_valid >> active & seen.banks.bias_valid >> active & 1) == 1;
        self.active = active as usize;
        if !valid {
            // After a reset: nothing runs.
            let refused = host.run(&self.subject.job(0), || true);
            assert!(matches!(refused, Err(HostError::Refused { .. })), "invalid banks ran: {refused:?}");
            self.tally.audits[0] += 1;
            // Half of the active pair may be valid, and is then not to be overwritten: the other pair takes a model.
            let (model, other) = (self.below(MODELS as u64) as usize, 1 - self.active);
            assert!(self.load(model, other), "a good line loads");
            assert!(host.swap((other as u32, other as u32)).unwrap_or_else(|e| panic!("{e}")));
            self.active = other;
            return self.audit_model();
        }
        self.tally.audits[1] += 1;
        self.audit_model();
    }

    fn audit_model(&mut self) {
        let model = self.in_pair(self.active);
        let seed = self.below(SEEDS);
        let mut host = self.program();
        let finished = host.run(&self.subject.job(seed), || true).unwrap_or_else(|e| panic!("{e}"));
        let answer = host.results(&finished, |r| self.subject.read(r)).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(answer, self.known[&(model, seed)], "a wrong model is active");
        // Nothing of this program is left on the line.
        assert!(host.registers().read(0, 1).is_ok());
    }

    fn until(mut self, faults: u64) -> (Tally, Faults) {
        self.audit();
        while self.line.borrow().faults.all() < faults {
            self.round();
        }
        let faults = self.line.borrow().faults;
        (self.tally, faults)
    }
}

fn endure(subject: impl Subject, seed: u64) {
    let wanted = std::env::var("SPINWRIGHT_FAULTS").ok().map_or(FAULTS, |n| n.parse().expect("a number"));
    let (tally, faults) = Trial::new(subject, seed).until(wanted);
    println!("{tally:?}\n{faults:?}, {} in all", faults.all());
    // The line is bad, and good enough that everything was tried.
    assert!(tally.loads > 0 && tally.swaps > 0 && tally.answers > 0 && tally.errors > 0, "{tally:?}");
    assert!(tally.resumed > 0, "no upload was taken up again: {tally:?}");
    let each =
        [faults.dropped, faults.doubled, faults.flipped, faults.unframed, faults.stalls, faults.resets];
    assert!(each.iter().all(|&n| n > 0), "a kind of fault never happened: {faults:?}");
}

#[test]
fn a_layered_board_on_a_bad_line() {
    endure(Layered::new(), 1);
}

#[test]
fn a_wired_board_on_a_bad_line() {
    endure(Wired::new(), 2);
}
