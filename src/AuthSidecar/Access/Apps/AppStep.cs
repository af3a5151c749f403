using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Access.Apps;

/// <summary>Finds the app that the route is about.</summary>
internal sealed class AppStep : ICheckStep
{
    private readonly AppCache _apps;
    private readonly VerdictResolver _verdicts;
    private readonly LiveOptions<AppsOptions> _options;
    private readonly Func<CheckContext, AppFacts?, StepResult> _conclude;

    public AppStep(AppCache apps, VerdictResolver verdicts, LiveOptions<AppsOptions> options)
    {
        (_apps, _verdicts, _options) = (apps, verdicts, options);
        _conclude = Conclude;
    }

    public string Name => "app";

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (context.Policy.App is not { } route)
        {
            return new(StepResult.Continue);
        }

        return route.IdIn(context.Path) is { } id
            ? _verdicts.DecideAsync(_apps, id, context, _conclude, cancellationToken)
            : new(Denials.AppNotFound);
    }

    private StepResult Conclude(CheckContext context, AppFacts? app)
    {
        if (app is null)
        {
            return Denials.AppNotFound;
        }

        // Also before a refusal: where that is only tried out, the steps behind still know the app.
        context.App = app;

        // Who must not learn that there is such an app must not learn that it is switched off: membership comes first then.
        return app.IsDisabled && !_options.Current.HideForeign ? Denials.ServiceApiDisabled : StepResult.Continue;
    }
}
