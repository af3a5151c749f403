using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Administration.Reports;

namespace AuthSidecar.Administration.Pages.Me;

/// <param name="Name">What the step looks at.</param>
/// <param name="Tone">Tone of its outcome.</param>
/// <param name="Word">Its outcome.</param>
internal sealed record StepLine(string Name, Tone Tone, string Word);

/// <summary>The steps of a decision in a person's words.</summary>
/// <param name="Summary">Where it was decided, in a sentence.</param>
/// <param name="Reached">The steps up to the refusal; of an allowed request none, as it passed them all.</param>
/// <param name="Others">The other steps.</param>
/// <param name="OthersTitle">"9 steps that were not reached".</param>
internal sealed record DecisionSteps(string Summary, IReadOnlyList<StepLine> Reached, IReadOnlyList<StepLine> Others, string OthersTitle)
{
    public static DecisionSteps Of(IReadOnlyList<StepOutcome> steps)
    {
        var refusing = steps.Where(IsRefusal).ToList();
        if (refusing.Count == 0)
        {
            var passed = steps.All(step => step.Result == "passed");
            return new(
                passed ? "The request passed all of them." : "It is not recorded which of them refused the request.",
                [],
                [.. steps.Select(Line)],
                $"all {Formats.Count(steps.Count, "step")}"
            );
        }

        var names = refusing.Select(step => $"“{NameOf(step)}”").ToList();
        var reached = steps.Where(step => step.Result == "passed" || IsRefusal(step)).ToList();
        var others = steps.Except(reached).ToList();
        return new(
            names is [var only] ? $"Refused at the step {only}." : $"Refused at one of these steps: {string.Join(", ", names)}.",
            [.. reached.Select(Line)],
            [.. others.Select(Line)],
            others.TrueForAll(step => step.Result == "not_reached")
                ? $"{Formats.Count(others.Count, "step")} that {(others.Count == 1 ? "was" : "were")} not reached"
                : Formats.Count(others.Count, "other step")
        );
    }

    private static bool IsRefusal(StepOutcome step) => step.Result.StartsWith("refused", StringComparison.Ordinal);

    private static StepLine Line(StepOutcome step)
    {
        var (tone, word) = RequestWords.Step(step.Result);
        return new(NameOf(step), tone, word);
    }

    private static string NameOf(StepOutcome step)
    {
        var name = step.What.Replace("`", "", StringComparison.Ordinal);
        return step.What.StartsWith('`') ? name : $"{char.ToUpperInvariant(name[0])}{name[1..]}";
    }
}
