"""The words around the rules' own, in both languages. Each phrase is a template for str.format."""

from typing import Final

from api.recommendations.rulebook import Language, Words

__all__ = ["PHRASES", "phrase"]


def _words(en: str, ar: str) -> Words:
    return Words(en=en, ar=ar)


PHRASES: Final[dict[str, Words]] = {
    "notice": _words(
        "This is information about how the skin looks in this picture, not a diagnosis or medical advice.",
        "هذه معلومات عن مظهر البشرة في هذه الصورة، وليست تشخيصًا ولا نصيحة طبية.",
    ),
    "recommendations": _words("This is what may help, and why.", "هذا ما قد يفيد، ولماذا."),
    "active_used": _words("{name}: you already use it. {why}", "{name}: أنت تستعمله بالفعل. {why}"),
    "product_listed": _words(
        "{name} lists {actives}; how much is not known. {why}",
        "يذكر {name} ضمن مكوناته {actives}؛ والكمية غير معروفة. {why}",
    ),
    "product_named": _words(
        "The name of {name} speaks of {actives}; its ingredients are unknown. {why}",
        "اسم {name} يشير إلى {actives}؛ ومكوناته غير معروفة. {why}",
    ),
    "product_unknown": _words("{name}: ingredients unknown. {why}", "{name}: المكونات غير معروفة. {why}"),
    "check_label": _words(
        "Check the label for {actives} before you use it. {why}", "تحقق من الملصق بحثًا عن {actives} قبل استعماله. {why}"
    ),
    "conflict": _words("With {name}: {why}", "مع {name}: {why}"),
    "conflict_pair": _words("{first} and {second}: {why}", "{first} و{second}: {why}"),
    "blocked": _words("Not recommended: {actives}. {why}", "لا يوصى بـ: {actives}. {why}"),
    "blocked_unanswered": _words(
        "Not recommended until you answer: {actives}. {why}", "لا يوصى به حتى تجيب: {actives}. {why}"
    ),
    "blocked_allergy": _words("Not recommended: what holds {actives}. {why}", "لا يوصى بما يحتوي على {actives}. {why}"),
    "and": _words(", ", "، "),
    "shelf": _words("This is what you use.", "هذا ما تستعمله."),
    "shelf_added": _words("It is on your shelf.", "أُضيف إلى رفّك."),
    "shelf_there": _words("It was on your shelf already.", "كان على رفّك من قبل."),
    "answers": _words("This is what you may answer, and what you did.", "هذا ما يمكنك الإجابة عنه وما أجبت به."),
    "answers_kept": _words("Your answers are kept.", "حُفظت إجاباتك."),
    "answers_deleted": _words(
        "Your answers are deleted, in the backups on this machine too.",
        "حُذفت إجاباتك، ومن النسخ الاحتياطية على هذا الجهاز أيضًا.",
    ),
    "question_skin_type": _words("What is your skin like?", "ما نوع بشرتك؟"),
    "question_pregnancy": _words(
        "Are you pregnant, trying for a child, or breastfeeding?", "هل أنتِ حامل أو تحاولين الإنجاب أو مُرضع؟"
    ),
    "question_eczema": _words("Do you have eczema?", "هل لديك إكزيما؟"),
    "question_allergies": _words(
        "What are you allergic to? An empty list says: to nothing that you know of.",
        "ما الذي تتحسس منه؟ القائمة الفارغة تعني: لا شيء تعرفه.",
    ),
    "question_using": _words(
        "What do you use besides what is on your shelf, prescriptions included?",
        "ماذا تستعمل غير ما على رفّك، بما في ذلك الوصفات الطبية؟",
    ),
    "normal": _words("normal", "عادية"),
    "dry": _words("dry", "جافة"),
    "oily": _words("oily", "دهنية"),
    "combination": _words("combination", "مختلطة"),
    "sensitive": _words("sensitive", "حساسة"),
    "pregnant": _words("pregnant", "حامل"),
    "trying": _words("trying for a child", "أحاول الإنجاب"),
    "breastfeeding": _words("breastfeeding", "مُرضع"),
    "neither": _words("none of these", "لا شيء من ذلك"),
    "eczema_active": _words("yes, now", "نعم، الآن"),
    "eczema_past": _words("in the past", "في الماضي"),
    "eczema_none": _words("no", "لا"),
    "morning": _words("morning", "صباحًا"),
    "evening": _words("evening", "مساءً"),
    "trials": _words("These are the products you tried.", "هذه المنتجات التي جرّبتها."),
    "trial_started": _words(
        "The trial has begun. Take pictures in the same light.", "بدأت التجربة. التقط الصور في الإضاءة نفسها."
    ),
    "trial_stopped": _words("The trial has ended.", "انتهت التجربة."),
    "trial_too_early": _words(
        "Too early to tell: the answer comes on {date} at the earliest.",
        "من المبكر الحكم: يأتي الجواب في {date} على أقرب تقدير.",
    ),
    "trial_better": _words(
        "Better: the score is {change} points higher than before ({low} to {high}), more than your measuring noise. "
        "Whether the product did it, a score cannot say.",
        "أفضل: الدرجة أعلى مما كانت بمقدار {change} نقطة (من {low} إلى {high})، أي أكثر من ضوضاء القياس لديك. "
        "ولا تستطيع الدرجة أن تقول إن المنتج هو السبب.",
    ),
    "trial_worse": _words(
        "Worse: the score is {change} points lower than before ({low} to {high}), more than your measuring noise. "
        "Whether the product did it, a score cannot say.",
        "أسوأ: الدرجة أدنى مما كانت بمقدار {change} نقطة (من {low} إلى {high})، أي أكثر من ضوضاء القياس لديك. "
        "ولا تستطيع الدرجة أن تقول إن المنتج هو السبب.",
    ),
    "trial_cant_tell": _words(
        "Can't tell: the difference of {change} points ({low} to {high}) is within your measuring noise.",
        "لا يمكن الحكم: الفرق البالغ {change} نقطة (من {low} إلى {high}) ضمن ضوضاء القياس لديك.",
    ),
    "trial_few_before": _words(
        "Can't tell: reports from {least} days or more are needed from before the start; there are {days}.",
        "لا يمكن الحكم: يلزم وجود تقارير من {least} أيام أو أكثر قبل البداية؛ والموجود {days}.",
    ),
    "trial_few_after": _words(
        "Can't tell: reports from {least} days or more are needed from {date} on; there are {days}.",
        "لا يمكن الحكم: يلزم وجود تقارير من {least} أيام أو أكثر ابتداءً من {date}؛ والموجود {days}.",
    ),
    "trial_stopped_early": _words(
        "Can't tell: it was stopped before it could show anything.", "لا يمكن الحكم: توقفت قبل أن يظهر أي أثر."
    ),
    "trial_others": _words(" Other trials ran at the same time: {names}.", " جرت تجارب أخرى في الوقت نفسه: {names}."),
}


def phrase(name: str, language: Language, /, **parts: object) -> str:
    """The phrase with its parts put in. Raises KeyError for a name or part that is not there."""
    return PHRASES[name].in_(language).format(**parts)
