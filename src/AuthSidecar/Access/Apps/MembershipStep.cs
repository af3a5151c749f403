using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Access.Apps;

/// <summary>Whether the caller belongs to the tenant of the app.</summary>
internal sealed class MembershipStep : ICheckStep
{
    private readonly MemberCache _members;
    private readonly VerdictResolver _verdicts;
    private readonly LiveOptions<AppsOptions> _options;
    private readonly Func<CheckContext, bool, StepResult> _conclude;

    public MembershipStep(MemberCache members, VerdictResolver verdicts, LiveOptions<AppsOptions> options)
    {
        (_members, _verdicts, _options) = (members, verdicts, options);
        _conclude = Conclude;
    }

    public string Name => "membership";

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        // None, or an earlier refusal was only tried out.
        if (context.App is not { } app)
        {
            return new(StepResult.Continue);
        }

        var identity = context.KnownIdentity;
        if (identity.Tenant is { } bound && bound != app.TenantId)
        {
            return new(Conclude(context, isMember: false));
        }

        return identity is { Type: SubjectType.Account, UserId: { } user }
            ? _verdicts.DecideAsync(_members, new(app.TenantId, user), context, _conclude, cancellationToken)
            : new(Conclude(context, IsMemberByItself(identity)));
    }

    // Of those whom the store keeps no places for; whatever tenant they name is the app's.
    private static bool IsMemberByItself(Identity identity) =>
        identity.Type switch
        {
            // Never a member, and never asked to be one: app authorization decides.
            SubjectType.EndUser => true,

            // No person owns it, so what it is bound to is its membership.
            SubjectType.Service => identity.Tenant is not null,

            // A configured issuer says which tenant its account belongs to.
            SubjectType.Account => identity is { ExternalSubject: not null, Tenant: not null },
            _ => false,
        };

    private StepResult Conclude(CheckContext context, bool isMember)
    {
        context.IsMember = isMember;
        var hides = _options.Current.HideForeign;
        if (!isMember)
        {
            return hides ? Denials.AppNotFound : Denials.WorkspaceMembershipRevoked;
        }

        if (!hides || context.App is not { IsDisabled: true })
        {
            return StepResult.Continue;
        }

        return context.KnownIdentity.Type == SubjectType.EndUser ? Denials.AppNotFound : Denials.ServiceApiDisabled;
    }
}
