using AuthSidecar.Configuration;
using AuthSidecar.Storage;

namespace AuthSidecar.Observation;

/// <summary>One HTTP exchange as Envoy shows it, from its headers to the part of a usage row that it leaves.</summary>
/// <param name="settings">Which policies are a provider's.</param>
/// <param name="started">When it began.</param>
internal sealed class StreamObservation(SettingsMonitor settings, DateTimeOffset started) : IDisposable
{
    private DecisionFacts? _decision;
    private ResponseReader? _response;
    private string? _provider;
    private int _status;

    /// <summary>The response came to its end; nothing more will be seen.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>A body came of which neither status nor encoding is known.</summary>
    public bool LacksHeaders { get; private set; }

    public void Take(ProcessingMessage message)
    {
        _decision ??= message.Decision;
        switch (message.Part)
        {
            case ProcessingPart.ResponseHeaders:
                Start(message.Head);
                break;
            case ProcessingPart.ResponseBody:
                LacksHeaders = _response is null;
                _response?.Read(message.Body);
                break;
        }

        HasEnded |= message.IsEnd && message.Part is ProcessingPart.ResponseHeaders or ProcessingPart.ResponseBody or ProcessingPart.ResponseTrailers;
    }

    /// <summary>Reads no more of it, since reading it failed.</summary>
    public void GiveUp() => _response?.Stop(ErrorNames.Fault);

    /// <returns>Null where there is nothing to tell: no decision to join it with, a refusal of our own, or no response yet.</returns>
    public UsageRow? ToPart()
    {
        if (_decision is not { Decision: "allow" } decision || _response is not { } response)
        {
            return null;
        }

        var summary = response.End(HasEnded);
        var facts = UsageFacts.Observed
            | (summary.Counts.IsEmpty ? UsageFacts.None : UsageFacts.HasUsage)
            | (summary.Model is null ? UsageFacts.None : UsageFacts.IsResponseModel)
            | (summary.Counts.IsEmpty ? UsageFacts.None : HowCounted(summary.Api))
            | (summary.HasEnded ? UsageFacts.Ended : UsageFacts.None)
            | (summary.WasReadWhole ? UsageFacts.SawEnd : UsageFacts.None)
            | (summary.HasFailed ? UsageFacts.UpstreamFailed : UsageFacts.None);
        return new()
        {
            DecisionId = decision.Id,
            Time = started,
            KeyId = Known(decision.KeyId),
            Policy = Known(decision.Policy),
            Provider = _provider,
            Model = summary.Model,
            Mode = Known(decision.Mode),
            Decision = decision.Decision,
            Status = _status,
            ErrorType = summary.ErrorType,
            InputTokens = summary.Counts[Place.Input],
            OutputTokens = summary.Counts[Place.Output],
            CachedReadTokens = summary.Counts[Place.CachedRead],
            CachedWriteTokens = summary.Counts[Place.CachedWrite],
            ReasoningTokens = summary.Counts[Place.Reasoning],
            Facts = facts,
        };
    }

    public void Dispose() => _response?.Dispose();

    // Providers count some tokens twice, and not the same ones.
    private static UsageFacts HowCounted(EventKind api) => api switch
    {
        EventKind.Message => UsageFacts.HasReasoningInOutput,
        EventKind.Gemini => UsageFacts.HasCachedInInput,
        _ => UsageFacts.HasCachedInInput | UsageFacts.HasReasoningInOutput,
    };

    private static string? Known(string text) => text.Length == 0 ? null : text;

    private void Start(ResponseHead head)
    {
        var policy = settings.Current.Policies.ByName(_decision?.Policy ?? "");
        _provider = policy?.Provider is null ? null : policy.Options.Provider;
        _status = head.Status;
        _response?.Dispose();
        _response = new(head, isProviders: _provider is not null);
        if (_decision is not { Decision: "allow" })
        {
            // Our own refusals say nothing of the upstream.
            _response.Skip();
        }
    }
}
