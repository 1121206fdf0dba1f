"""What the target is asked to write: scripts of conversations, drawn at random.

A script is a generator of steps. `Write` puts text into the document as it stands, `Sample` has the target go on
and hands back its text, `Document` begins a new one, which may quote what was written before.
"""

import dataclasses

FORCED, USER, ASSISTANT = 0, 1, 2


@dataclasses.dataclass(frozen=True)
class Write:
    text: str


@dataclasses.dataclass(frozen=True)
class Sample:
    role: int
    temperature: float
    limit: int
    #: Whether the script goes on when the limit cuts the text short; otherwise it ends there.
    may_be_cut: bool = False


@dataclasses.dataclass(frozen=True)
class Document:
    pass


TOPICS = """volcanoes; the moon; bread baking; a village school; electric cars; the Roman Empire; jazz music; sleep;
honey bees; a lost dog; chess; the stock market; glaciers; vaccines; a mountain hike; medieval castles; coffee; tides;
football; photosynthesis; a job interview; public libraries; the printing press; recycling; whales; budgeting; yoga;
ancient Egypt; a railway strike; solar panels; poetry; the human heart; gardening; space telescopes; a wedding; cheese;
earthquakes; online privacy; a small bakery; the Silk Road; rainforests; time management; a power cut; painting; owls;
democracy; black holes; a school play; desert animals; antibiotics; a river flood; cycling; opera; robots; tea; maps;
the ocean floor; a new bridge; friendship; probability; a city park; dinosaurs; remote work; the violin; wildfires;
neural networks; a fishing village; inflation; the Arctic; cooking rice; a court case; comets; first aid; languages;
a museum theft; tree planting; the French Revolution; batteries; a marathon; insects; video games; a hospital; clouds;
the Olympic Games; a farm; architecture; nutrition; a storm at sea; mathematics; markets in Morocco; trains; memory;
the periodic table; a birthday party; satellites; water supply; a detective; running shoes; folk tales; graphs; noise;
the immune system; housing prices; a school bus; migration of birds; a computer virus; theatre; salt; a gold mine;
the Great Wall; climate; a town election; puzzles; knitting; lighthouses; a startup; genetics; sailing; a news website;
airports; the brain; a lost letter; mushrooms; insurance; hockey; paper; a dragon; logic; a road accident; rice fields;
perfume; the Vikings; a singer; a chemistry lab; wolves; shoes; a bank robbery; cameras; parenting; a lake; rockets;
fashion; ants; a concert; self-driving cars; a recipe; philosophy; spiders; a harbour; sugar; gravity; a thunderstorm"""
TOPICS = [topic.strip() for topic in TOPICS.replace("\n", " ").split(";")]

#: First words of a user's turn, which the target completes: left alone it writes much alike ones.
OPENERS = """;How;How do I;What is;What are the;Why;Why do;Can you;Could you help me;I need;I am;I want to;Write;
Explain;Describe;Give me;List;Tell me;Compare;Which;When;Who;Where;Is it;Should I;Imagine;Suppose;Create;
Design;Make;My;Please;Is there;What would;In a;The;Summarize;Suggest;Help me;Act as;Identify;Discuss;
Let's;If;Find;Plan;Hello;Rewrite;Draft"""
OPENERS = [opener.strip() for opener in OPENERS.replace("\n", " ").split(";")]

REQUESTS = [
    "Write a short story about {}.",
    "Explain {} to a child.",
    "Write a blog post about {}.",
    "List five interesting facts about {}.",
    "Write a poem about {}.",
    "What are the advantages and disadvantages of {}?",
    "Write an email to a friend about {}.",
    "Give me step-by-step advice on {}.",
    "Describe {} in detail.",
    "Make a table of the most important things to know about {}.",
    "Write a dialogue between two people who talk about {}.",
    "I am preparing a lesson on {}. What should I cover?",
    "What questions would you ask an expert on {}?",
    "Write an outline of a presentation about {}.",
    "How has {} changed over the last hundred years?",
    "Write a product description that has to do with {}.",
    "Play the part of a scientist and talk about {}.",
]
FOLLOW_UPS = [
    "Make it shorter.",
    "Now explain it in more detail.",
    "Give me an example.",
    "Turn that into a list.",
    "Write it again in a friendlier tone.",
    "What did you leave out?",
    "Why is that?",
    "Put the same thing as a letter.",
    "Translate the first sentence into German.",
    "Say it in one sentence.",
    "Which of these matters most, and why?",
]
CODE = [
    "Write a Python function that",
    "Write a JavaScript function that",
    "Write a SQL query that",
    "Write a C++ program that",
    "Write a bash script that",
    "Explain what this Python code does:\n",
    "Find the bug in this code:\n",
    "Write a class in Java that",
    "Write HTML for",
    "Write a unit test for",
]
GERMAN = """Der;Die;Das;Ein;Eine;In der;Nach dem;Ich;Wir;Es;Am Montag;Viele;Im Jahr;Die Regierung;Der Präsident;Mit;
Seit;Bei;Für die;Auf dem;Zwei;Wenn;Das Unternehmen;Die Polizei;Nach Angaben;Unter;Zum;Sie;Er;Auch"""
GERMAN = [word.strip() for word in GERMAN.replace("\n", " ").split(";")]
TO_ENGLISH = [
    "Translate German to English: {}",
    "Translate this German sentence into English: {}",
    "What does this mean in English? {}",
    "Translate from German into English.\n\n{}",
]
LANGUAGES = ["French", "Spanish", "German", "Italian", "Portuguese", "Dutch"]
SUMMARISE = [
    "Summarize: {}",
    "Summarize the following text.\n\n{}",
    "{}\n\nWrite a short summary of the text above.",
    "What are the main points of this article?\n\n{}",
    "Give me the gist of this in two sentences: {}",
]
STORIES = [
    "Write a news article about {}, with names, places and quotes.",
    "Write a newspaper report of about 300 words about {}.",
    "Write a magazine article about {}.",
]
PASSAGES = [
    "Write an encyclopedia article about {}, with dates, names and numbers.",
    "Write two long paragraphs from a textbook about {}.",
    "Tell the history of {} in detail.",
]
QUESTION_WORDS = ["What", "Who", "When", "Where", "How", "Why", "Which", "How many", "What is", "What are", "Who was"]
NAMES = ["Maria", "Tom", "Aisha", "Ben", "Carla", "David", "Elena", "Frank", "Grace", "Hugo", "Ivy", "Jonas", "Kim"]
EVENTS = ["has", "buys", "is reading", "drives", "earns", "sells", "bakes", "runs", "saves", "plants", "wants", "packs"]

ANSWER_TEMPERATURES = [0, 0, 0.4, 0.7, 1.0]
ANSWER_LIMITS = [96, 160, 224, 288]


def script(random, chat):
    """A conversation's steps. `chat` holds the template's texts around turns: `open`, `answer`, `next`."""
    kind = random.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0]
    return kind, KINDS[kind][1](random, chat)


def answered(random, chat):
    yield Write(chat["answer"])
    return (yield Sample(ASSISTANT, random.choice(ANSWER_TEMPERATURES), random.choice(ANSWER_LIMITS)))


def asked(random, chat, question, turns=0.3):
    """`question` as a first turn, its answer, and with probability `turns` each, further turns."""
    yield Write(chat["open"] + question)
    yield from answered(random, chat)
    while random.random() < turns:
        yield Write(chat["next"])
        if random.random() < 0.5:
            yield Write(random.choice(FOLLOW_UPS))
        else:
            yield Sample(USER, 1.0, 60)
        yield from answered(random, chat)


def continued(random, chat, beginning, limit, temperature=1.0):
    """A first turn that the target itself writes from its beginning on, and the answer to it."""
    yield Write(chat["open"] + beginning)
    yield Sample(USER, temperature, limit)
    yield from answered(random, chat)


def free_chat(random, chat):
    yield from continued(random, chat, random.choice(OPENERS), 90)
    while random.random() < 0.45:
        yield Write(chat["next"])
        yield Sample(USER, 1.0, 60)
        yield from answered(random, chat)


def request(random, chat):
    yield from asked(random, chat, random.choice(REQUESTS).format(random.choice(TOPICS)))


def code(random, chat):
    yield from continued(random, chat, random.choice(CODE), 90, 0.8)


def to_english(random, chat):
    yield Write(chat["open"] + f"Write a German sentence.{chat['answer']}{random.choice(GERMAN)}")
    sentence = yield Sample(USER, 0.9, 48, may_be_cut=True)
    yield Document()
    german = random.choice(GERMAN) + sentence
    yield from asked(random, chat, random.choice(TO_ENGLISH).format(german), turns=0)


def from_english(random, chat):
    yield Write(chat["open"] + f"Write one sentence about {random.choice(TOPICS)}." + chat["answer"])
    sentence = yield Sample(ASSISTANT, 1.0, 48, may_be_cut=True)
    yield Document()
    yield from asked(random, chat, f"Translate into {random.choice(LANGUAGES)}: {sentence}", turns=0)


def summary(random, chat):
    yield Write(chat["open"] + random.choice(STORIES).format(random.choice(TOPICS)) + chat["answer"])
    story = yield Sample(ASSISTANT, 0.8, 360, may_be_cut=True)
    yield Document()
    yield from asked(random, chat, random.choice(SUMMARISE).format(story), turns=0.1)


def retrieval(random, chat):
    passages = []
    for _ in range(random.choice([1, 1, 2])):
        yield Write(chat["open"] + random.choice(PASSAGES).format(random.choice(TOPICS)) + chat["answer"])
        passages.append((yield Sample(ASSISTANT, 0.8, 200, may_be_cut=True)))
        yield Document()
    yield from continued(random, chat, "\n".join(passages) + "\n" + random.choice(QUESTION_WORDS), 30, 0.8)


def question(random, chat):
    word = random.choice(QUESTION_WORDS)
    yield from continued(random, chat, word if random.random() < 0.5 else word.lower(), 30)


def maths(random, chat):
    yield from continued(random, chat, f"{random.choice(NAMES)} {random.choice(EVENTS)}", 90, 0.9)


#: How often each kind comes, in hundredths.
KINDS = {
    "free chat": (24, free_chat),
    "request": (22, request),
    "code": (6, code),
    "to English": (8, to_english),
    "from English": (4, from_english),
    "summary": (11, summary),
    "retrieval": (10, retrieval),
    "question": (8, question),
    "maths": (7, maths),
}
