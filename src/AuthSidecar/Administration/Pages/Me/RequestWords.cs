using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>Requests in a person's words.</summary>
internal static class RequestWords
{
    public static bool IsRefused(UsageRow row) => row.Decision is "deny" or "close";

    public static (Tone Tone, string Word) Outcome(UsageRow row) =>
        row switch
        {
            { Decision: "deny" or "close" } => (Tone.Bad, "Refused"),
            { Outcome: "upstream_error" } => (Tone.Warning, "Failed"),
            { Outcome: "client_disconnect" } => (Tone.Neutral, "Broken off"),
            { Outcome: "complete" or "no_usage" } => (Tone.Good, "Answered"),
            { Decision: "allow" } => (Tone.Info, "Allowed"),
            _ => (Tone.Neutral, "Recorded"),
        };

    public static string Of(RequestEnd end) =>
        end switch
        {
            RequestEnd.Refused => "Refused",
            RequestEnd.Answered => "Answered",
            RequestEnd.Failed => "Failed",
            _ => "Broken off",
        };

    /// <summary>Why it was refused, in a sentence; null if it was not.</summary>
    public static string? Reason(UsageRow row) =>
        !IsRefused(row)
            ? null
            : Denials.All.FirstOrDefault(denial => denial.Reason == row.Reason)?.Message ?? $"The reason is {row.Reason}.";

    /// <summary>The model, or what else it asked for.</summary>
    public static string What(UsageRow row) => row.Model ?? row.AskedModel ?? row.Path ?? Formats.None;

    /// <summary>How it ended, in a sentence.</summary>
    public static string End(UsageRow row) =>
        row.Outcome switch
        {
            "denied" => "Refused before it reached the provider.",
            "complete" => "Answered in full.",
            "no_usage" => "Answered in full; the answer does not say how many tokens it used.",
            "client_disconnect" => "The program that sent it left before the end of the answer.",
            "upstream_error" => $"The provider failed{(row.ErrorType is { } type ? $": {type}" : "")}.",
            null => "The end has not been reported.",
            var outcome => $"{outcome}.",
        };

    /// <summary>The outcome of a step of the decision.</summary>
    public static (Tone Tone, string Word) Step(string result) =>
        result switch
        {
            "passed" => (Tone.Good, "Passed"),
            "refused" => (Tone.Bad, "Refused here"),
            "refused_here_or_elsewhere" => (Tone.Warning, "Perhaps refused here"),
            "skipped" => (Tone.Neutral, "Not needed"),
            "not_reached" => (Tone.Neutral, "Not reached"),
            _ => (Tone.Neutral, "Unknown"),
        };
}
