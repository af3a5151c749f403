using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>Runs the steps in order. The only code that creates an Allow.</summary>
internal sealed class CheckPipeline
{
    private const int FirstServerError = 500;

    private readonly ICheckStep[] _steps;
    private readonly AnswerCache _answers;
    private readonly StepMetrics? _metrics;

    /// <param name="steps">The steps, in order.</param>
    /// <param name="metrics">Durations of the steps; null: not measured.</param>
    public CheckPipeline(IReadOnlyList<ICheckStep> steps, StepMetrics? metrics = null)
        : this(steps, metrics, new(steps)) { }

    private CheckPipeline(IReadOnlyList<ICheckStep> steps, StepMetrics? metrics, AnswerCache answers) =>
        (_steps, _metrics, _answers) = ([.. steps], metrics, answers);

    public IReadOnlyList<ICheckStep> Steps => _steps;

    /// <summary>The same pipeline without metrics and without steps that acquire resources, for reauthorizing an open WebSocket.</summary>
    public CheckPipeline WithoutAcquisitions()
    {
        ICheckStep[] steps = [.. _steps.Where(step => !step.AcquiresResources)];
        return new(steps, null, new(steps, _answers));
    }

    public async ValueTask<Decision> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var timestamp = 0L;
        var isMeasured = _metrics?.Begin(out timestamp) ?? false;
        var mayShare = false;
        SharedAnswer? shared = null;
        for (var i = 0; i < _steps.Length; i++)
        {
            var step = _steps[i];
            cancellationToken.ThrowIfCancellationRequested();
            if (context.ChosenPolicy?.Public is not null && !step.RunsForPublic)
            {
                continue;
            }

            if (i == _answers.First && (mayShare = _answers.MayShare(context)))
            {
                shared = _answers.Find(context);
            }

            var result = shared is not null && i <= _answers.Last ? StepResult.Continue : await step.RunAsync(context, cancellationToken);
            if (isMeasured)
            {
                timestamp = _metrics!.Record(step, timestamp);
            }

            if (!result.IsContinue)
            {
                if (!IsShadow(context, step, result.Denial))
                {
                    return new Decision.Deny(result.Denial);
                }

                context.Shadow(result.Denial);
            }

            if (i == _answers.Last && mayShare)
            {
                shared ??= _answers.Add(context);
            }
        }

        return Allow(context, shared);
    }

    // With an incomplete list of steps this throws, because policy or caller are not set.
    private static Decision.Allow Allow(CheckContext context, SharedAnswer? shared) =>
        (context.Policy.Public, shared) switch
        {
            ({ } access, _) => new Decision.Allow(access, context.Edits),
            (_, { } one) => new Decision.Allow(one),
            _ => new Decision.Allow(context.Caller, context.Edits),
        };

    private static bool IsShadow(CheckContext context, ICheckStep step, Denial denial) =>
        step.CanBeShadowed && context.Identity is not null && context.Policy.Options.Shadow && denial.Status < FirstServerError;
}
