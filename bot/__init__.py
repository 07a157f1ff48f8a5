"""Backup Medic: a chat bot that helps when an iPhone or iPad does not back up to iCloud.

The road of a message: a transport makes an Event -> `dialogue.step(guide, session, event, now)` returns a Turn (the new
session, the replies) -> the store keeps it -> `rendering` makes each Reply a Message -> the transport shows it.

Words, one for one thing (all of them are types in `model`):

- Intent: a problem, question, act or neighbour topic that we recognise. Phrase: one way in which it is put.
- Fix: one thing to try. Step: its place in an error's order. Test: what shows whether it helped.
- Phrasebook: the phrases of one language. Lexicon: the same, ready for matching.
- Guide: all content, read-only. Fact: what is known of the phone. Session: where a conversation stands.
- Problem: one error being worked on. Note: an entry in its history, from which everything else is derived.
- Event: what happened. Trigger: what it means at this stage. Turn: what follows from it.
- Milestone: what a conversation or problem came to, counted for operators. Report: what the counts of a period tell.
- Unmatched: a message that was not understood. Operator: who runs the bot; people may pass such a message on to them.
- Reply: a message as ids and values. Message: the same in words. Card: the live message that holds the current step.
  Fold: a passage of it that opens with a tap. Summary: what was found out and tried, to copy. Leaflet: the summary on one page.

Floors, from the ground up; imports go down only (pyproject.toml holds it), and the first five do no input or output:

1. model
2. hours                                       when to ask again, and when it is night
   normalising, transliterating, evidence, facts, lexicon,
   identifying, matching …                    text -> what it means (a lexicon for each language; spelling, screens, passages, clauses,
                                              scoring, index_tables and phrase_tables: its parts)
   pasted, emoji, figures, cited, reported, denials,
   affirming, disclosures, asked_times         the rest of it: wrapping, emoji, figures, what was shown, was done, is denied, is a secret
3. road, skipping, illustrating, cards,
   rendering                                  what comes next, what is shown, in which words and pictures
   templates, cldr, moments, wording, keys,    its parts: which texts there are; what Unicode knows of a language;
   parts                                      days and times; a language's words; buttons and paragraphs in them
   summaries                                  the list for whoever helps next, as lines and as a leaflet
   markup, phone                              what an output makes of the words; what fits on a phone's screen
   variants                                   all that can be said or shown, whatever is known of the phone
   ordering                                   what an order of fixes is worth
4. resuming, triggers, turns, transitions, reminding,
   dialogue                                   the state machine
   sharing                                    what of an answer others may read along
5. explaining, screenshots                    why a text is understood as it is; what the words of a picture mean
   simulation, learning                       what the order is worth to simulated people; what experience says of it
6. schemas, yaml_lines, findings, cures,
   inspection, phrasebooks, references, reading  YAML -> the guide, with everything that is wrong
   drawing                                    a picture or a leaflet -> PNG
   metrics, logs                               what is counted; lines that name nobody
   compiled, content, settings, store         the guide as the next start loads it; what an operator sets; what is kept
   semantic                                   how near a message is in meaning to each intent, by a model
   ocr                                        the words of a picture, read in a process of its own
7. assistant, album, alerting, building, fairness, leading, pacing,
   pauses, channels, delivery, upkeep, reloading  seen? load, step, save, queue; send what is queued; who of many polls
   counting, reporting, suggesting, linking    what a turn adds to the anonymous counts, what they tell; links that open the bot at a fix
   health, notifying                          how a running bot says it is; what systemd hears
8. transports (polling, webhook, web page, terminal),
   running, checking, evaluating
9. cli                                         a module of commands for each kind of people

Start reading at `model`, then `dialogue` (its table), then `road`; `matching` stands apart.
"""

__version__ = "0.1.0"
