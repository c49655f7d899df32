/* Emoji by what they are called in English, German and Swedish: "sign words/Wörter/ord", several words each. */

const LIST = `
😀 grinning smile happy/grinsend glücklich/glad leende|😃 smiley happy/lachend fröhlich/glad skratt|
😄 smile eyes/lächelnd froh/leende ögon|😁 grin beaming/strahlend/strålande|
😅 sweat smile phew/erleichtert schwitzend/lättad svett|😂 joy tears laughing/Freudentränen lachend/glädjetårar skratt|
🤣 rofl rolling/kugelt sich/asgarv|🙂 slight smile/leichtes Lächeln/litet leende|🙃 upside down/umgekehrt/upp och ner|
😉 wink/zwinkernd/blinkar|😊 blush happy/errötend/rodnar|😇 angel halo/Engel/ängel|
😍 heart eyes love/Herzaugen verliebt/hjärtögon kär|🥰 loving hearts/liebevoll/kärleksfull|😘 kiss/Kuss/kyss|
😋 yum tasty/lecker/mums|😛 tongue/Zunge/tunga|😜 winking tongue/frech/busig|🤪 zany crazy/verrückt/galen|
🤗 hug/Umarmung/kram|🤔 thinking hmm/nachdenklich/funderar|🤨 raised eyebrow/skeptisch/skeptisk|😐 neutral/neutral/neutral|
😑 expressionless/ausdruckslos/uttryckslös|🙄 rolling eyes/Augenrollen/himlar med ögonen|😏 smirk/selbstgefällig/flinar|
😬 grimace/Grimasse/grimas|😌 relieved/erleichtert/lättad|😴 sleeping/schlafend/sover|
😷 mask ill/Maske krank/munskydd sjuk|🤒 thermometer ill/Fieber krank/feber sjuk|
🤕 bandage hurt/Verband verletzt/bandage skadad|🥵 hot/heiß/varm|🥶 cold/kalt/kall|
😎 cool sunglasses/cool Sonnenbrille/cool solglasögon|🤓 nerd/Streber/nörd|🧐 monocle/Monokel/monokel|
😕 confused/verwirrt/förvirrad|😟 worried/besorgt/orolig|🙁 frown/traurig/ledsen|😮 surprised open mouth/erstaunt/förvånad|
😲 astonished/verblüfft/häpen|😳 flushed/verlegen/generad|🥺 pleading please/bittend/vädjande|
😢 cry sad/weinend traurig/gråter ledsen|😭 sob loud cry/heulend/storgråter|😱 scream shock/Schrei/skrik|
😤 triumph huff/schnaubend/fnyser|😡 angry rage/wütend/arg|🤬 swearing/fluchend/svär|🤯 mind blown/Kopf explodiert/häpnad|
🥳 party celebrate/Party feiern/fest fira|😈 devil/Teufel/djävul|💀 skull/Totenkopf/dödskalle|💩 poop/Haufen/bajs|
🤖 robot bot/Roboter/robot|👻 ghost/Gespenst/spöke|👋 wave hello bye/winken hallo/vinka hej|
✋ hand stop/Hand stopp/hand stopp|👌 ok/okay/okej|✌️ victory peace/Victory Frieden/seger fred|
🤞 fingers crossed luck/Daumen drücken/håller tummarna|👈 left/links/vänster|👉 right/rechts/höger|👆 up/hoch/upp|
👇 down/runter/ner|👍 thumbs up yes +1/Daumen hoch ja/tummen upp ja|
👎 thumbs down no -1/Daumen runter nein/tummen ner nej|👏 clap bravo/klatschen bravo/applåd bravo|
🙌 raised hands hooray/hurra/hurra|🤝 handshake deal/Handschlag/handslag|🙏 thanks please pray/danke bitte/tack snälla|
💪 strong muscle/stark Muskel/stark muskel|✍️ writing/schreiben/skriver|👀 eyes look/Augen schauen/ögon titta|
🧠 brain/Gehirn/hjärna|👶 baby/Baby/bebis|👩 woman/Frau/kvinna|👨 man/Mann/man|
🧑‍💻 technologist computer/Informatik Computer/tekniker dator|🤷 shrug dunno/Schulterzucken/axelryckning|
🤦 facepalm/Hand vor Kopf/ansiktspalm|🙋 raising hand/meldet sich/räcker upp handen|🏃 running/laufen/springer|
❤️ heart love red/Herz Liebe/hjärta kärlek|🧡 orange heart/oranges Herz/orange hjärta|
💛 yellow heart/gelbes Herz/gult hjärta|💚 green heart/grünes Herz/grönt hjärta|💙 blue heart/blaues Herz/blått hjärta|
💜 purple heart/lila Herz/lila hjärta|🖤 black heart/schwarzes Herz/svart hjärta|
💔 broken heart/gebrochenes Herz/brustet hjärta|💯 hundred perfect/hundert perfekt/hundra perfekt|
💥 boom collision/Knall/smäll|💬 speech message/Sprechblase Nachricht/pratbubbla meddelande|💤 zzz sleep/Schlaf/sömn|
🔥 fire hot/Feuer heiß/eld|⭐ star/Stern/stjärna|🌟 glowing star/leuchtender Stern/lysande stjärna|
✨ sparkles/Glitzer/glitter|🎉 tada party congratulations/Konfetti Glückwunsch/konfetti grattis|
🎊 confetti ball/Konfettikugel/konfettiboll|🎂 birthday cake/Geburtstag Torte/födelsedag tårta|
🎁 gift present/Geschenk/present|🎈 balloon/Luftballon/ballong|🏆 trophy winner/Pokal Gewinner/pokal vinnare|
🥇 gold medal first/Goldmedaille/guldmedalj|⚽ football soccer/Fußball/fotboll|🎵 music note/Musik Note/musik not|
🎬 film clapper/Film/film|☀️ sun/Sonne/sol|🌤️ sun cloud/heiter/halvklart|☁️ cloud/Wolke/moln|🌧️ rain/Regen/regn|
⛈️ thunder storm/Gewitter/åska|❄️ snow/Schnee/snö|🌈 rainbow/Regenbogen/regnbåge|🌍 world earth/Welt Erde/världen jorden|
🌱 seedling plant/Pflänzchen/planta|🌲 tree/Baum/träd|🌹 rose flower/Rose Blume/ros blomma|
💐 bouquet flowers/Blumenstrauß/bukett|🍀 clover luck/Kleeblatt Glück/klöver tur|🐶 dog/Hund/hund|🐱 cat/Katze/katt|
🐭 mouse/Maus/mus|🐰 rabbit/Hase/kanin|🐻 bear/Bär/björn|🐼 panda/Panda/panda|🐔 chicken/Huhn/höna|
🐧 penguin/Pinguin/pingvin|🐝 bee/Biene/bi|🐛 bug/Raupe Fehler/bugg larv|🐢 turtle/Schildkröte/sköldpadda|
🐟 fish/Fisch/fisk|🍎 apple/Apfel/äpple|🍌 banana/Banane/banan|🍓 strawberry/Erdbeere/jordgubbe|
🥐 croissant/Croissant/croissant|🍞 bread/Brot/bröd|🧀 cheese/Käse/ost|🍕 pizza/Pizza/pizza|🍔 burger/Burger/hamburgare|
🍟 fries/Pommes/pommes|🍰 cake/Kuchen/kaka|🍪 cookie/Keks/kaka|🍫 chocolate/Schokolade/choklad|☕ coffee/Kaffee/kaffe|
🍵 tea/Tee/te|🍺 beer/Bier/öl|🍷 wine/Wein/vin|🥂 cheers toast/anstoßen/skål|🚗 car/Auto/bil|🚌 bus/Bus/buss|🚆 train/Zug/tåg|
🚲 bicycle/Fahrrad/cykel|✈️ plane/Flugzeug/flygplan|🚀 rocket/Rakete/raket|
🚚 truck delivery/Lieferung Lastwagen/leverans lastbil|⛵ boat/Boot/båt|🏠 house home/Haus/hus hem|
🏢 office building/Büro/kontor|🏥 hospital/Krankenhaus/sjukhus|🏖️ beach holiday/Strand Urlaub/strand semester|
⛰️ mountain/Berg/berg|⌚ watch/Uhr/klocka|📱 phone mobile/Handy/mobil|💻 laptop computer/Laptop/dator|
🖨️ printer/Drucker/skrivare|📷 camera/Kamera/kamera|📞 telephone call/Telefon Anruf/telefon samtal|
🔋 battery/Batterie/batteri|🔌 plug/Stecker/kontakt|💡 idea bulb lamp/Idee Lampe/idé lampa|
🔦 torch flashlight/Taschenlampe/ficklampa|🛋️ sofa couch/Sofa/soffa|💶 euro money/Euro Geld/euro pengar|
💳 credit card/Kreditkarte/kreditkort|🧾 receipt/Quittung/kvitto|✉️ envelope mail/Brief Mail/brev mejl|
📧 e-mail/E-Mail/e-post|📦 parcel package/Paket/paket|📝 memo note/Notiz/anteckning|📄 document page/Dokument/dokument|
📁 folder/Ordner/mapp|📅 calendar date/Kalender Termin/kalender datum|📈 chart up/Diagramm steigend/diagram upp|
📉 chart down/Diagramm fallend/diagram ner|📊 bar chart/Balkendiagramm/stapeldiagram|📌 pin/Stecknadel/häftstift|
📎 paperclip/Büroklammer/gem|✂️ scissors/Schere/sax|🔒 lock/Schloss/lås|🔑 key/Schlüssel/nyckel|🔨 hammer/Hammer/hammare|
🔧 wrench/Schraubenschlüssel/skiftnyckel|⚙️ gear settings/Zahnrad Einstellungen/kugghjul inställningar|🔗 link/Link/länk|
🔍 search magnifier/Suche Lupe/sök lupp|🔔 bell/Glocke/klocka|🔕 no bell/Glocke aus/ljud av|📣 megaphone/Megafon/megafon|
⏰ alarm clock/Wecker/väckarklocka|⏳ hourglass wait/Sanduhr warten/timglas vänta|🚧 construction/Baustelle/vägarbete|
⚠️ warning/Warnung/varning|❗ exclamation/Ausrufezeichen/utropstecken|❓ question/Fragezeichen/frågetecken|
✅ check done yes/Haken erledigt/bock klart|☑️ checkbox/Kästchen/kryssruta|❌ cross no/Kreuz nein/kryss nej|
🚫 forbidden/verboten/förbjudet|➕ plus/Plus/plus|➖ minus/Minus/minus|➡️ arrow right/Pfeil rechts/pil höger|
⬅️ arrow left/Pfeil links/pil vänster|🔄 refresh/neu laden/ladda om|🆗 ok button/OK-Taste/OK-knapp|🆕 new/neu/ny|
🔴 red circle/roter Kreis/röd cirkel|🟡 yellow circle/gelber Kreis/gul cirkel|🟢 green circle/grüner Kreis/grön cirkel|
🔵 blue circle/blauer Kreis/blå cirkel|🏁 finish flag/Zielflagge/målflagga|🇪🇺 europe flag/Europa Flagge/Europa flagga|
🇩🇪 germany flag/Deutschland Flagge/Tyskland flagga|🇸🇪 sweden flag/Schweden Flagge/Sverige flagga|
🇬🇧 britain flag/Großbritannien Flagge/Storbritannien flagga
`;
const LANGUAGES = ["en", "de", "sv"];
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const place = Math.max(0, LANGUAGES.indexOf(document.documentElement.lang.slice(0, 2)));

/** [{sign, name in the reader's language, words in all of them}] */
export const EMOJI = LIST.replaceAll("\n", "").split("|").map((entry) => {
  const [sign] = entry.split(" ", 1);
  const names = entry.slice(sign.length + 1).split("/");
  return { sign, name: names[place], words: fold(names.join(" ")).split(" ") };
});

/** Those with a word that begins like this; the first words count most. At most `most`. */
export function find(typed, most) {
  const wanted = fold(typed).split(/[\s_]+/).filter(Boolean);
  const score = ({ words }) => {
    const places = wanted.map((part) => words.findIndex((word) => word.startsWith(part)));
    return places.includes(-1) ? -1 : places[0] + (words.includes(wanted[0]) ? 0 : 10);
  };
  return EMOJI.map((one) => ({ one, rank: score(one) }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ one }) => one);
}
