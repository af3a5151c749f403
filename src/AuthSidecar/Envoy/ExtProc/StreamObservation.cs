using AuthSidecar.Access.Policies;
using AuthSidecar.Decisions.Metadata;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Usage.Observation;

namespace AuthSidecar.Envoy.ExtProc;

/// <summary>One HTTP exchange as Envoy's ext_proc filter shows it.</summary>
/// <param name="policies">The policies.</param>
/// <param name="started">Start of the exchange.</param>
/// <param name="accepts">Verifies that a sidecar made the decision; called once.</param>
internal sealed class StreamObservation(LiveOptions<PolicySet> policies, DateTimeOffset started, Func<DecisionFacts, bool> accepts)
    : IDisposable
{
    private DecisionFacts? _received;
    private DecisionFacts? _decision;
    private RequestReader? _request;
    private ResponseReader? _response;
    private string? _provider;
    private int _status;
    private bool _hasModelInPath;

    public DateTimeOffset Started => started;

    /// <summary>The decision about the request; null: none of ours.</summary>
    public DecisionFacts? Decision => _decision;

    public string? Provider => _provider;

    /// <summary>The model named in the request's body; null: unknown.</summary>
    public string? RequestedModel => _hasModelInPath ? null : _request?.Model;

    /// <summary>As <see cref="RequestReader.SeenInput"/>.</summary>
    public long? SeenInput => _request?.SeenInput;

    /// <summary>As <see cref="RequestReader.MayStore"/>; true where the request is unknown.</summary>
    public bool MayStore => _request is not { MayStore: false };

    /// <summary>HTTP status; null: no response was seen.</summary>
    public int? Status => _response is null ? null : _status;

    /// <summary>The response has ended; no further message follows.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>A response body arrived without its headers, so that status and encoding are unknown.</summary>
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

        HasEnded |=
            message.IsEnd
            && message.Part is ProcessingPart.ResponseHeaders or ProcessingPart.ResponseBody or ProcessingPart.ResponseTrailers;
    }

    /// <summary>Stops reading after an error.</summary>
    public void GiveUp()
    {
        _request?.Stop();
        _response?.Stop(ErrorNames.Fault);
    }

    /// <returns>Result of the response; default when there was none.</returns>
    public ResponseSummary Summarize() => _response?.End(HasEnded) ?? default;

    public void Dispose()
    {
        _request?.Dispose();
        _response?.Dispose();
    }

    private void Learn(DecisionFacts? received)
    {
        if (_received is null && received is not null)
        {
            _received = received;
            _decision = accepts(received) ? received : null;
        }
    }

    private Policy? PolicyNow() => policies.Current.ByName(_decision?.Policy ?? "");

    // Only for authenticated callers, as on provider policies: others could invent model names for which sums are kept. Gemini names the
    // model in the path.
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
            // Our own denials say nothing about the upstream.
            _response.Skip();
        }
    }
}
