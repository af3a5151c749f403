using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>What a step answers. The default value is neither, so a step that forgets to answer fails the request.</summary>
internal readonly struct StepResult
{
    private readonly bool _continue;
    private readonly Denial? _denial;

    private StepResult(bool @continue, Denial? denial) => (_continue, _denial) = (@continue, denial);

    public static StepResult Continue { get; } = new(true, null);

    public bool IsContinue => _continue;

    public Denial Denial => _denial ?? throw new InvalidOperationException("A step ended without an answer.");

    public static implicit operator StepResult(Denial denial)
    {
        ArgumentNullException.ThrowIfNull(denial);
        return new(false, denial);
    }
}

/// <summary>One line of the list of steps.</summary>
internal interface ICheckStep
{
    /// <summary>Stable name, for metrics and traces.</summary>
    string Name { get; }

    /// <summary>False: a public policy skips the step, because there is no caller to look at.</summary>
    bool RunsForPublic => false;

    /// <summary>True: a policy that is only tried out (<c>Shadow</c>) lets pass what this step refuses, except a 503.</summary>
    bool CanBeShadowed => false;

    /// <summary>True: the step acquires something for the request, so it is left out when an earlier request is authorized again.</summary>
    bool AcquiresResources => false;

    ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken);
}
