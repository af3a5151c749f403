namespace AuthSidecar.Pipeline;

/// <summary>Runs the steps in order and makes the only Allow there is.</summary>
/// <param name="steps">What happens to a request, in order.</param>
/// <param name="metrics">Told how long they take; null: nobody is.</param>
internal sealed class CheckPipeline(IReadOnlyList<ICheckStep> steps, StepMetrics? metrics = null)
{
    private const int FirstServerError = 500;

    private readonly ICheckStep[] _steps = [.. steps];

    public IReadOnlyList<ICheckStep> Steps => _steps;

    /// <summary>The same, measured by nobody: for questions that the process asks itself.</summary>
    public CheckPipeline Unmeasured() => new(_steps);

    /// <summary>The same without the steps that take something, measured by nobody: for judging again what has passed before.</summary>
    public CheckPipeline WithoutCharges() => new([.. _steps.Where(step => !step.Charges)]);

    public async ValueTask<Decision> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var timestamp = 0L;
        var isMeasured = metrics?.Begin(out timestamp) ?? false;
        foreach (var step in _steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (context.ChosenPolicy?.Public is not null && !step.RunsForPublic)
            {
                continue;
            }

            var result = await step.RunAsync(context, cancellationToken);
            if (isMeasured)
            {
                timestamp = metrics!.Record(step, timestamp);
            }

            if (result.IsContinue)
            {
                continue;
            }

            if (!IsShadow(context, step, result.Denial))
            {
                return new Decision.Deny(result.Denial);
            }

            context.Shadow(result.Denial);
        }

        // An empty or cut list of steps ends here too, and throws because nothing was found out.
        return context.Policy.Public is { } access
            ? new Decision.Allow(access, context.Edits)
            : new Decision.Allow(context.Caller, context.Edits);
    }

    private static bool IsShadow(CheckContext context, ICheckStep step, Denial denial) =>
        step.CanBeShadowed && context.Identity is not null && context.Policy.Options.Shadow && denial.Status < FirstServerError;
}
