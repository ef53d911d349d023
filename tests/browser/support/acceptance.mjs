// Digdir's requirements for integrations with eFormidling (docs.digdir.no, eFormidling, Testing, *Krav og
// testbeskrivelser*, a draft) as a table: where each is shown. The letters and numbers are ours: A for what all must do
// and for operation, B for letters between organisations, C for confidential ones, D for letters to people, E for
// eInnsyn.

/** Requirement, file, name of the test. */
export const COVERED = [
  ["A1 latest status", "send", "a letter with three documents is sent, read and answered, and nobody on the way could read it"],
  ["A1 also later", "send", "everything is as it was after a restart"],
  ["A2 told of a failed look-up", "warnings", "a recipient that is not there is refused at once"],
  ["A2 also when the page was left", "warnings", "a letter that is refused after its page was left is told of, and its draft is there"],
  ["A2 told that the transport refuses us", "warnings", "a carrier that refuses the service's own access is told of while the letter waits, and it leaves once that is mended"],
  ["A2 told of a failure later", "warnings", "a failure after sending reaches the case worker on another page, and leads to the message"],
  ["A2 told of a failure after delivery", "warnings", "a failure after delivery is told as what it is"],
  ["A2 told of a deadline that passed", "warnings", "a deadline that passes is told, and what to do"],
  ["A3 list of what was sent", "acceptance", "A3 the list of sent messages shows failed ones, too"],
  ["A4 queued, sent, delivered", "acceptance", "A4 what waits, what is sent and what is delivered are told apart"],
  ["A4 sizes", "acceptance", "A4 what is just as large as the recipient takes arrives, and a byte more is refused with both sizes"],
  ["A4 sizes", "refusals", "more than the recipient takes"],
  ["A4 large, and broken off", "refusals", "a relay that goes down in the middle of an upload loses nothing and sends nothing twice"],
  ["A5 on behalf of", "acceptance", "A5 who acts for two organisations sends on behalf of one, and the other does not see it"],
  ["A5 a channel of one's own", "message_channel", "a letter names the channel of its sender, and the recipient's answers come back on it"],
  ["A5 signed by a supplier", "supplier", "a supplier signs for the sender, and the recipient is shown both names and no mismatch"],
  ["A6 special characters", "acceptance", "A6 special characters in a title and in file names arrive as they were written"],
  ["A6 minimal data", "acceptance", "A6 a letter with the least that can be said arrives"],
  ["A6 maximal data", "acceptance", "A6 a letter with everything that can be said arrives"],
  ["A6 text limits", "acceptance", "A6 a title that is too long is refused, and one that just fits is not"],
  ["A6 bad file names are not sent", "refusals", "forbidden characters in a name"],
  ["A6 nor equal ones", "refusals", "two documents with the same name"],
  ["A6 bad file names are received", "acceptance", "A6 documents with strange names can all be downloaded, by names of their own"],
  ["A6 incomplete data are accepted", "acceptance", "A6 a letter whose sender left out what must be there can be read"],
  ["A7 access control", "acceptance", "A7 who may only read cannot send"],
  ["A7 access control", "headers", "the interface is not cached, and refuses who is not signed in with a problem"],
  ["A7 access control", "access", "A7 who is not signed in is asked to, wherever they go, and shown nothing"],
  ["A7 access control", "access", "A7 who acts for another organisation reaches no message by its address"],
  ["A7 secrets", "keys", "the key and its password never leave the browser"],
  ["B send and receive DPO", "reply", "a letter that came in is verified, taken over and answered"],
  ["B send and receive DPF", "channels", "a letter to a municipality is carried by KS, and its answer is shown as not signed"],
  ["B answer DPF", "channels", "what came by SvarInn is taken over and answered, and KS is told which shipment it answers"],
  ["B send DPV", "channels", "a letter to an inbox at Altinn says that Altinn can read it, and arrives"],
  ["B up to LEST", "acceptance", "B every step up to the case system's receipt is told"],
  ["B references both ways", "acceptance", "B an answer stays in its conversation and carries the references, both ways"],
  ["C own notification text", "channels", "confidential post has a notification of its own"],
  ["C sent", "acceptance", "C confidential post reaches an inbox at Altinn with the notification its sender wrote"],
  ["C refused", "acceptance", "C confidential post to somebody without the role for it is not delivered, and that is told"],
  ["D DPI", "person", "a decision goes to the mailbox, and is opened"],
  ["D print", "person", "who has reserved themselves gets decisions on paper and information digitally"],
  ["D print without a known number", "person", "who has no known number gets paper at the address that is filled in"],
  ["D print, sender id and invoice", "person", "on paper goes what is chosen for paper, and nothing that was typed for the mailbox"],
  ["D print that comes back", "person", "paper that nobody could deliver comes back, and what to do is said"],
  ["D event and proof", "person", "a mailbox shows an event or a proof beside the letter"],
  ["D DPV", "person", "without a mailbox the sender chooses, and what is missing is listed at once"],
  ["D link, avsenderidentifikator", "acceptance", "D a decision with a link outside the letter and a sender id is delivered"],
];

/** What a browser cannot show, and the test that does: requirement, file, name of the test. The list's other demands on whoever
 *  uses the integration point's own API (one-step sending, Basic auth) are of an interface that is not used here. */
export const ELSEWHERE = [
  ["A4 User-Agent", "relay/src/broker/upload.rs", "who_takes_no_more_or_never_answers_is_waited_for_no_longer"],
  ["A4 polling, also when nobody looks", "tests/tests/main_job.rs", "a_letter_is_delivered_read_and_answered"],
  ["A5 two installations of one organisation", "relay/src/broker/dpo/tests/channel.rs", "two_installations_of_one_organisation_find_each_its_own"],
  ["A7 TLS", "relay/src/identity/openid/tests.rs", "addresses_have_tls_or_are_this_machines"],
  ["A7 secrets", "relay/src/config/tests.rs", "a_secret_given_inline_is_refused_with_advice_and_not_shown"],
  ["A7 secrets in logs", "tests/tests/operation.rs", "nothing_secret_is_logged_at_the_highest_level"],
  ["A7 updating", "tests/tests/scale.rs", "sqlite_is_migrated_once"],
  ["E eInnsyn is not sent to, and that is said", "tests/browser/refusals.test.mjs", "that only eInnsyn reaches"],
];
