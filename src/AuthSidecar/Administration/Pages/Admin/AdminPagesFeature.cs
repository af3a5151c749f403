using AuthSidecar.Administration.Audit;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Pricing;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Administration.Users;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>The use cases behind the pages of administration.</summary>
internal static class AdminPagesFeature
{
    private static readonly Type[] _useCases =
    [
        typeof(ListUsers),
        typeof(ShowUser),
        typeof(UpdateUser),
        typeof(ListOwnBudgets),
        typeof(FindNames),
        typeof(ListRequests),
        typeof(Overview),
        typeof(PruneUsage),
        typeof(ListAudit),
        typeof(ListKeys),
        typeof(ShowKey),
        typeof(CreateKey),
        typeof(UpdateKey),
        typeof(RevokeKey),
        typeof(RotateKey),
        typeof(RevokeKeys),
        typeof(ListGroups),
        typeof(ListGroupMembers),
        typeof(CreateGroup),
        typeof(AddToGroup),
        typeof(RemoveFromGroup),
        typeof(RemoveGroup),
        typeof(ListTenants),
        typeof(CreateTenant),
        typeof(RemoveTenant),
        typeof(ListApps),
        typeof(CreateApp),
        typeof(UpdateApp),
        typeof(RemoveApp),
        typeof(ListMembers),
        typeof(AddMember),
        typeof(RemoveMember),
        typeof(ListBudgets),
        typeof(SetBudget),
        typeof(RemoveBudget),
        typeof(ListPrices),
        typeof(ImportPrices),
    ];

    public static IServiceCollection AddAdminPages(this IServiceCollection services)
    {
        foreach (var useCase in _useCases)
        {
            services.TryAddSingleton(useCase);
        }

        return services;
    }
}
