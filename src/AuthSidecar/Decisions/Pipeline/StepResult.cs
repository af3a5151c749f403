using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>Result of a step: continue or a denial. The default value is neither and throws, which denies the request.</summary>
internal readonly struct StepResult
{
    private readonly bool _continue;
    private readonly Denial? _denial;

    private StepResult(bool @continue, Denial? denial) => (_continue, _denial) = (@continue, denial);

    public static StepResult Continue { get; } = new(true, null);

    public bool IsContinue => _continue;

    public Denial Denial => _denial ?? throw new InvalidOperationException("A step returned neither Continue nor a denial.");

    public static implicit operator StepResult(Denial denial)
    {
        ArgumentNullException.ThrowIfNull(denial);
        return new(false, denial);
    }
}

/// <summary>One step of a decision.</summary>
internal interface ICheckStep
{
    /// <summary>Stable name, for metrics and traces.</summary>
    string Name { get; }

    /// <summary>False: skipped under a public policy, where there is no caller.</summary>
    bool RunsForPublic => false;

    /// <summary>True: a <c>Shadow</c> policy does not enforce this step's denials, except a 503.</summary>
    bool CanBeShadowed => false;

    /// <summary>
    /// True: the step acquires a resource, such as a permit or a lease, and is skipped when an open WebSocket is reauthorized.
    /// </summary>
    bool AcquiresResources => false;

    ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken);
}
