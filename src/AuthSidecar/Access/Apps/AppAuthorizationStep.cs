using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Access.Apps;

/// <summary>Whether the caller may use this one app of the tenant.</summary>
internal sealed class AppAuthorizationStep : ICheckStep
{
    private readonly AclCache _acl;
    private readonly VerdictResolver _verdicts;
    private readonly LiveOptions<AppsOptions> _options;
    private readonly Func<CheckContext, bool, StepResult> _conclude;

    public AppAuthorizationStep(AclCache acl, VerdictResolver verdicts, LiveOptions<AppsOptions> options)
    {
        (_acl, _verdicts, _options) = (acl, verdicts, options);
        _conclude = Conclude;
    }

    public string Name => "app_authorization";

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        // None, or an earlier refusal was only tried out.
        if (context.App is not { } app)
        {
            return new(StepResult.Continue);
        }

        var access = AppAccess.Of(context.Policy.Options.Acl, app.Mode, context.KnownIdentity.Type);
        return access == AppVerdict.Ask
            ? _verdicts.DecideAsync(_acl, AclQuestion.Of(context.KnownIdentity, app), context, _conclude, cancellationToken)
            : new(Conclude(context, access == AppVerdict.Allowed));
    }

    private StepResult Conclude(CheckContext context, bool isAllowed)
    {
        if (isAllowed)
        {
            return StepResult.Continue;
        }

        // Nobody whom the tenant does not know may learn of its apps.
        var isHidden = context.KnownIdentity.Type == SubjectType.EndUser && _options.Current.HideForeign;
        return isHidden ? Denials.AppNotFound : Denials.SubjectNoAppAccess;
    }
}
