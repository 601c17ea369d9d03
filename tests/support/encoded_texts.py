"""Small texts in many languages, and the encodings that each of them was written in before Unicode."""

from collections.abc import Mapping

TEXTS: Mapping[str, tuple[str, ...]] = {
    "uk": (
        "Ми жили у підвалі двадцять днів.",
        "Вода скінчилася, і сусідка принесла хліб.",
        "Коли все стихло, ми вийшли на подвір'я й не впізнали своєї вулиці.",
        "Бабуся сказала: «Головне, що всі живі», а потім довго мовчала.",
        "Моя сестра вчиться в Тайбеї, вона телефонувала щовечора.",
        "Їй було страшно за нас більше, ніж нам самим.",
        "Я взяла з дому тільки документи, фотографії та кота.",
        "Через рік ми повернулися, посадили яблуню й полагодили дах.",
    ),
    "ru": (
        "Мы жили в подвале двадцать дней.",
        "Вода кончилась, и соседка принесла хлеб.",
        "Когда всё стихло, мы вышли во двор и не узнали своей улицы.",
        "Бабушка сказала: «Главное, что все живы», а потом долго молчала.",
        "Моя сестра учится в Тайбэе, она звонила каждый вечер.",
        "Ей было страшно за нас больше, чем нам самим.",
        "Через год мы вернулись, посадили яблоню и починили крышу.",
    ),
    "be": (
        "Мы жылі ў падвале дваццаць дзён.",
        "Вада скончылася, і суседка прынесла хлеб.",
        "Калі ўсё сціхла, мы выйшлі на двор і не пазналі сваёй вуліцы.",
        "Бабуля сказала, што галоўнае — усе жывыя.",
        "Праз год мы вярнуліся і пасадзілі яблыню.",
    ),
    "bg": (
        "Живяхме в мазето двадесет дни.",
        "Водата свърши и съседката донесе хляб.",
        "Когато всичко утихна, излязохме на двора и не познахме улицата си.",
        "След година се върнахме и засадихме ябълка.",
    ),
    "pl": (
        "Mieszkaliśmy w piwnicy dwadzieścia dni.",
        "Woda się skończyła, a sąsiadka przyniosła chleb.",
        "Gdy wszystko ucichło, wyszliśmy na podwórze i nie poznaliśmy swojej ulicy.",
        "Babcia powiedziała, że najważniejsze, iż wszyscy żyją.",
        "Po roku wróciliśmy, posadziliśmy jabłoń i naprawiliśmy dach.",
    ),
    "cs": (
        "Žili jsme ve sklepě dvacet dní.",
        "Voda došla a sousedka přinesla chléb.",
        "Když všechno utichlo, vyšli jsme na dvůr a nepoznali svou ulici.",
        "Za rok jsme se vrátili a zasadili jabloň.",
    ),
    "de": (
        "Als es still wurde, gingen wir hinaus und erkannten unsere Straße nicht.",
        "Das Wasser ging aus, und die Nachbarin brachte uns Brot und Äpfel.",
        "Wir lebten zwanzig Tage im Keller.",
        "Großmutter sagte: Hauptsache, wir sind alle am Leben.",
    ),
    "fr": (
        "Nous avons vécu vingt jours à la cave.",
        "L'eau a manqué, et la voisine nous a apporté du pain.",
        "Quand tout s'est tu, nous sommes sortis dans la cour, étonnés.",
        "Un an après, nous sommes rentrés et nous avons planté un pommier.",
    ),
    "el": (
        "Ζήσαμε είκοσι μέρες στο υπόγειο.",
        "Το νερό τελείωσε και η γειτόνισσα έφερε ψωμί.",
        "Όταν όλα ησύχασαν, βγήκαμε στην αυλή.",
    ),
    "he": (
        "גרנו במרתף עשרים יום.",
        "המים נגמרו, והשכנה הביאה לחם.",
        "כשהכול נרגע יצאנו לחצר ולא הכרנו את הרחוב שלנו.",
    ),
    "tr": (
        "Yirmi gün bodrumda yaşadık.",
        "Su bitti, komşumuz ekmek getirdi.",
        "Her şey susunca avluya çıktık ve sokağımızı tanıyamadık.",
    ),
    "zh-Hant-TW": (
        "我們在那裏住了二十天，水沒了。",
        "鄰居帶來了麵包，我們分著吃。",
        "外面安靜下來以後，我們走到院子裡，已經認不出自己的街道。",
        "奶奶說：「大家都活著就好。」然後她很久沒有說話。",
        "我妹妹在臺北念書，她每天晚上都打電話回家。",
        "她為我們擔心，比我們自己還要害怕。",
        "一年以後我們回來了，種了一棵蘋果樹，也修好了屋頂。",
    ),
    "yue": (
        "我哋喺地下室住咗二十日。",
        "水冇咗，隔籬鄰舍帶咗麵包嚟。",
        "婆婆話：「大家都仲喺度就好。」佢好耐冇出聲。",
    ),
    "zh-Hans": (
        "我们在地下室住了二十天，水没了。",
        "邻居带来了面包，我们分着吃。",
        "外面安静下来以后，我们走到院子里，已经认不出自己的街道。",
        "奶奶说：“大家都活着就好。”然后她很久没有说话。",
        "我妹妹在台北读书，她每天晚上都打电话回家。",
        "一年以后我们回来了，种了一棵苹果树，也修好了屋顶。",
    ),
    "ja": (
        "私たちは地下室で二十日間暮らした。",
        "水がなくなり、隣の人がパンを持ってきてくれた。",
        "静かになってから庭に出ると、自分たちの通りだとわからなかった。",
        "祖母は「みんな生きていればいい」と言って、長いあいだ黙っていた。",
        "一年後に帰って、リンゴの木を植え、屋根を直した。",
    ),
    "ko": (
        "우리는 지하실에서 이십 일을 살았다.",
        "물이 떨어지자 이웃 아주머니가 빵을 가져왔다.",
        "모든 것이 조용해진 뒤 마당으로 나갔지만 우리 거리를 알아볼 수 없었다.",
        "할머니는 모두 살아 있으면 된다고 말하고 오래 말이 없었다.",
        "일 년 뒤에 우리는 돌아와 사과나무를 심고 지붕을 고쳤다.",
    ),
}
OURS = ("uk", "ru", "be", "bg", "pl", "zh-Hant-TW", "yue", "zh-Hans", "ja", "ko")
"""Languages whose old texts must be read without a question when they are a page long."""
ENCODINGS: Mapping[str, tuple[str, ...]] = {
    "uk": ("cp1251", "koi8-u", "iso8859-5", "cp1125", "mac-cyrillic"),
    "ru": ("cp1251", "koi8-r", "iso8859-5", "cp866", "mac-cyrillic", "cp855"),
    "be": ("cp1251", "koi8-u", "iso8859-5"),
    "bg": ("cp1251", "iso8859-5", "koi8-r"),
    "pl": ("cp1250", "iso8859-2", "cp852", "mac-latin2"),
    "cs": ("cp1250", "iso8859-2"),
    "de": ("cp1252", "iso8859-1", "cp850", "mac-roman"),
    "fr": ("cp1252", "iso8859-1", "iso8859-15", "cp850", "mac-roman"),
    "el": ("cp1253", "iso8859-7", "cp737", "cp869"),
    "he": ("cp1255", "iso8859-8", "cp862"),
    "tr": ("cp1254", "iso8859-9", "cp857", "mac-turkish"),
    "zh-Hant-TW": ("cp950", "big5hkscs", "gb18030"),
    "yue": ("big5hkscs",),
    "zh-Hans": ("gb18030", "gb2312", "gbk", "hz"),
    "ja": ("shift_jis", "cp932", "euc_jp", "iso2022_jp"),
    "ko": ("euc_kr", "cp949", "johab"),
}
