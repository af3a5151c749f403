using AuthSidecar.Configuration;
using AuthSidecar.ExtAuthz;
using AuthSidecar.Policies;
using AuthSidecar.Storage;
using AuthSidecar.Upstream;

namespace AuthSidecar.Observation;

/// <summary>One HTTP exchange as Envoy shows it, from its headers to the part of a usage row that it leaves.</summary>
/// <param name="settings">Which policies are a provider's.</param>
/// <param name="started">When it began.</param>
/// <param name="accepts">Whether a sidecar made the decision that Envoy names; asked once.</param>
internal sealed class StreamObservation(SettingsMonitor settings, DateTimeOffset started, Func<DecisionFacts, bool> accepts) : IDisposable
{
    private DecisionFacts? _told;
    private DecisionFacts? _decision;
    private RequestReader? _request;
    private ResponseReader? _response;
    private string? _provider;
    private int _status;
    private bool _hasModelInPath;

    /// <summary>The response came to its end; nothing more will be seen.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>A body came of which neither status nor encoding is known.</summary>
    public bool LacksHeaders { get; private set; }

    public void Take(ProcessingMessage message)
    {
        Learn(message.Decision);
        switch (message.Part)
        {
            case ProcessingPart.RequestHeaders:
                Ask(message.Head);
                break;
            case ProcessingPart.RequestBody:
                _request?.Read(message.Body);
                if (message.IsEnd)
                {
                    _request?.End();
                }

                break;
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
    public void GiveUp()
    {
        _request?.Stop();
        _response?.Stop(ErrorNames.Fault);
    }

    /// <returns>Null where there is nothing to tell: no decision to join it with, a refusal of our own, or neither a response nor a model that was asked for.</returns>
    public UsageRow? ToPart()
    {
        var (asked, seenInput) = (_hasModelInPath ? null : _request?.Model, _request?.SeenInput);
        if (_decision is not { Decision: "allow" } decision || (_response is null && asked is null && seenInput is null))
        {
            return null;
        }

        var summary = _response?.End(HasEnded) ?? default;
        var facts = (_response is null ? UsageFacts.None : UsageFacts.Observed)
            | (summary.Counts.IsEmpty ? UsageFacts.None : UsageFacts.HasUsage | HowCounted(summary.Api))
            | (summary.Model is null ? UsageFacts.None : UsageFacts.IsResponseModel)
            | (summary.HasEnded ? UsageFacts.Ended : UsageFacts.None)
            | (summary.WasReadWhole ? UsageFacts.SawEnd : UsageFacts.None)
            | (summary.HasFailed ? UsageFacts.UpstreamFailed : UsageFacts.None);
        return new()
        {
            DecisionId = decision.Id,
            Time = started,
            KeyId = Known(decision.KeyId),
            KeyLine = Known(decision.KeyLine),
            Policy = Known(decision.Policy),
            Provider = _provider,
            Model = summary.Model ?? asked,
            AskedModel = summary.Model is null || summary.Model == asked ? null : asked,
            Mode = Known(decision.Mode),
            Decision = decision.Decision,
            Status = _response is null ? null : _status,
            ErrorType = summary.ErrorType,
            InputTokens = summary.Counts[Place.Input],
            OutputTokens = summary.Counts[Place.Output],
            CachedReadTokens = summary.Counts[Place.CachedRead],
            CachedWriteTokens = summary.Counts[Place.CachedWrite],
            ReasoningTokens = summary.Counts[Place.Reasoning],
            SeenInputTokens = seenInput,
            SeenOutputTokens = summary.SeenOutput,
            ObjectId = CanBeReadAgain(summary.Api) ? summary.ObjectId : null,
            Facts = facts,
        };
    }

    public void Dispose()
    {
        _request?.Dispose();
        _response?.Dispose();
    }

    private void Learn(DecisionFacts? told)
    {
        if (_told is null && told is not null)
        {
            _told = told;
            _decision = accepts(told) ? told : null;
        }
    }

    // Providers count some tokens twice, and not the same ones.
    private static UsageFacts HowCounted(EventKind api) => api switch
    {
        EventKind.Message => UsageFacts.HasReasoningInOutput,
        EventKind.Gemini => UsageFacts.HasCachedInInput,
        _ => UsageFacts.HasCachedInInput | UsageFacts.HasReasoningInOutput,
    };

    // Anthropic and Gemini show no answer a second time, and Chat Completions one that it was asked to store.
    private bool CanBeReadAgain(EventKind api) => api switch
    {
        EventKind.Message or EventKind.Gemini => false,
        EventKind.Chat => _request is not { MayStore: false },
        _ => true,
    };

    private static string? Known(string text) => text.Length == 0 ? null : text;

    private Policy? PolicyNow() => settings.Current.Policies.ByName(_decision?.Policy ?? "");

    // Only of callers who are known, as those of a provider are, so that nobody else can make up names to keep sums by. Gemini's model stands in the path.
    private void Ask(ResponseHead head)
    {
        if (!head.HasNoBody && _request is null && _decision is { Decision: "allow" } && PolicyNow() is { Dialect: { } dialect } policy)
        {
            _hasModelInPath = dialect == Dialect.Gemini;
            _provider = policy.Options.Provider;
            _request = new(head.ContentEncoding);
        }
    }

    private void Start(ResponseHead head)
    {
        var policy = PolicyNow();
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
