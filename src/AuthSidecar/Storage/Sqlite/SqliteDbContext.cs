using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Storage.Sqlite;

internal sealed class SqliteDbContext(DbContextOptions<SqliteDbContext> options) : SidecarDbContext(options);
